package workflow_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
	"throughline/sync/workflow"
)

const (
	// ordersPerHistory recommendations live through one history together: with
	// rapid's 100 checks 10,000 of them, with -rapid.checks more.
	ordersPerHistory = 100
	// leaseOver is longer than a dead process keeps a write for itself.
	leaseOver = 5 * time.Minute
	settleIn  = 50 // lives of the writer, until every order is made
)

// orderHistory drives one random life of the workflow: recommendations that come
// again and again, people who click twice, an ERP that breaks, writers that die.
// Its model is small: what was approved is ordered once, what was rejected never.
type orderHistory struct {
	*world
	rt       *rapid.T
	stub     *connectortest.Stub
	erp      *rest.ERP
	flow     *workflow.Workflow
	ids      []string
	rejected map[string]bool
}

// TestAnyHistoryMakesEachOrderOnce runs against an ERP that would make a second
// order for a known reference.
func TestAnyHistoryMakesEachOrderOnce(t *testing.T) {
	w := newWorld(t)
	w.itemsOfTheirOwn()
	stub, erp := newERP(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		h := &orderHistory{world: w, rt: rt, stub: stub, erp: erp, rejected: map[string]bool{}}
		for i := range ordersPerHistory {
			h.ids = append(h.ids, fmt.Sprintf("R-%d-%d", round, i))
			quantity := 24
			if rapid.Bool().Draw(rt, "large") {
				quantity = 240
			}
			w.recommend(h.ids[i], quantity, "2.55")
			w.exec(`UPDATE recommendations SET item = 'A-' || $2::int WHERE recommendation = $1`, h.ids[i], i)
		}
		h.restart(rt)
		rt.Repeat(map[string]func(*rapid.T){"enter": h.enterSome, "decide": h.decide, "write": h.write, "die": h.die, "break": h.breakERP, "restart": h.restart})
		h.settle()
		h.check()
	})
}

// itemsOfTheirOwn gives each recommendation of a history an item as A is: a
// newer one for the same item would take the place of one that waits.
func (w *world) itemsOfTheirOwn() {
	w.t.Helper()
	for table, columns := range map[string]string{
		"items":              "description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, seq, updated_at",
		"positions":          "dc, on_hand, allocated, unit, version, balance_version, as_of, seq, updated_at",
		"forecast_revisions": "dc, revision, run, model, model_version, bucket, start_day, quantities, unit, quantity, material, published_at, received_at, applied_at, seq",
	} {
		w.exec(fmt.Sprintf(`INSERT INTO %s (item, %s) SELECT 'A-' || n, %s FROM %s, generate_series(0, $1 - 1) AS n WHERE item = 'A'`,
			table, columns, columns, table), ordersPerHistory)
	}
}

// restart is a process that begins: what the one before had leased is over.
func (h *orderHistory) restart(*rapid.T) {
	h.clock.Advance(leaseOver)
	flow, err := workflow.New(workflow.Config{
		Store: store.NewWorkflow(h.db), Engine: h.engine, Now: h.clock.Now, ERPTimeout: 30 * time.Second, BasisWindow: 1000 * time.Hour,
	})
	if err != nil {
		h.rt.Fatal(err)
	}
	h.flow = flow
}

func (h *orderHistory) newWriter() *workflow.Writer {
	writer, err := workflow.NewWriter(workflow.WriterConfig{Workflow: h.flow, Orders: h.erp, CallTimeout: 5 * time.Second})
	if err != nil {
		h.rt.Fatal(err)
	}
	return writer
}

func (h *orderHistory) draw(rt *rapid.T) string {
	return h.ids[rapid.IntRange(0, len(h.ids)-1).Draw(rt, "recommendation")]
}

// enterSome brings in some, known or not.
func (h *orderHistory) enterSome(rt *rapid.T) {
	from := rapid.IntRange(0, len(h.ids)-1).Draw(rt, "from")
	for _, id := range h.ids[from:min(from+rapid.IntRange(1, 30).Draw(rt, "recommendations"), len(h.ids))] {
		h.enterOne(id)
	}
}

func (h *orderHistory) enterOne(id string) {
	if err := h.flow.Enter(h.t.Context(), id); err != nil {
		h.rt.Fatalf("enter %s: %v", id, err)
	}
}

// decide clicks twice on what a page showed.
func (h *orderHistory) decide(rt *rapid.T) {
	id := h.draw(rt)
	h.enterOne(id)
	shown := h.proposal(id)
	click := approval(shown, "ana")
	if rapid.IntRange(0, 3).Draw(rt, "reject") == 0 {
		click.Verdict, click.Reason = models.DecisionRejected, "range is ending"
	}
	done := 0
	for range 2 {
		if _, err := h.flow.Decide(h.t.Context(), click); err == nil {
			done++
		} else if code := models.CodeOf(err); code != models.CodeConflict {
			rt.Fatalf("a click on %s fails with %v", id, err)
		}
	}
	if waited := shown.State == models.ProposalWaiting; done > 1 || (done == 1) != waited {
		rt.Fatalf("%s was %s, and %d of two clicks counted", id, shown.State, done)
	}
	if done == 1 && click.Verdict == models.DecisionRejected {
		h.rejected[id] = true
	}
}

// write has one writer, or two processes beside each other, make some of the
// orders that are due.
func (h *orderHistory) write(rt *rapid.T) {
	rounds := rapid.IntRange(1, 20).Draw(rt, "rounds")
	var writers errgroup.Group
	for range rapid.IntRange(1, 2).Draw(rt, "writers") {
		writer := h.newWriter()
		writers.Go(func() error { return h.rounds(writer, rounds) })
	}
	if err := writers.Wait(); err != nil {
		rt.Fatal(err)
	}
}

func (h *orderHistory) rounds(writer *workflow.Writer, most int) error {
	for range most {
		if more, err := writer.RunOnce(h.t.Context()); err != nil || !more {
			return err
		}
	}
	return nil
}

func (h *orderHistory) run(writer *workflow.Writer, rounds int) {
	if err := h.rounds(writer, rounds); err != nil {
		h.rt.Fatal(err)
	}
}

// die ends a writer at a step of an order.
func (h *orderHistory) die(rt *rapid.T) {
	at := rapid.SampledFrom([]workflow.Step{
		workflow.StepLeased, workflow.StepMarked, workflow.StepLookedUp, workflow.StepAnswered, workflow.StepRecorded,
	}).Draw(rt, "step")
	writer := h.newWriter()
	writer.OnStep(func(s workflow.Step) {
		if s == at {
			panic(at) // a dead process does nothing more, not even what it owes to its last call
		}
	})
	func() {
		defer func() {
			if died := recover(); died != nil && died != at {
				panic(died)
			}
		}()
		h.run(writer, 1)
	}()
	h.restart(rt)
}

func (h *orderHistory) breakERP(rt *rapid.T) {
	fault := rapid.SampledFrom([]connectortest.Fault{
		connectortest.FaultBroken, connectortest.FaultBroken, connectortest.FaultDown, connectortest.FaultLost, connectortest.FaultNone,
	}).Draw(rt, "fault")
	h.stub.Break(fault, rapid.IntRange(1, 3).Draw(rt, "times"))
}

// settle brings everything in five times more, decides what waits and lets
// writers live until every order is made.
func (h *orderHistory) settle() {
	h.stub.Break(connectortest.FaultNone, 0)
	for range 5 {
		for _, i := range rand.Perm(len(h.ids)) {
			h.enterOne(h.ids[i])
		}
	}
	for id, state := range h.states() {
		if state == models.ProposalWaiting {
			if _, err := h.flow.Decide(h.t.Context(), approval(h.proposal(id), "ben")); err != nil {
				h.rt.Fatalf("approve %s: %v", id, err)
			}
		}
	}
	for range settleIn {
		h.restart(h.rt)
		h.run(h.newWriter(), 10*ordersPerHistory)
		if h.text(`SELECT count(*) FROM erp_writes WHERE state <> 'confirmed'`) == "0" {
			return
		}
	}
	h.rt.Fatal("the orders are not made: " + h.text(`SELECT string_agg(DISTINCT state, ', ') FROM erp_writes`))
}

func (h *orderHistory) check() {
	states := h.states()
	for _, id := range h.ids {
		numbers, state := h.stub.Numbers(models.OrderReference(id)), states[id]
		switch {
		case h.rejected[id] && (len(numbers) != 0 || state != models.ProposalRejected):
			h.rt.Errorf("%s was rejected; it is %s, and the ERP has %v", id, state, numbers)
		case !h.rejected[id] && (len(numbers) != 1 || state != models.ProposalOrdered):
			h.rt.Errorf("%s was approved; it is %s, and the ERP has %v", id, state, numbers)
		}
	}
}

// states are those of all recommendations of the history.
func (h *orderHistory) states() map[string]models.ProposalState {
	rows, err := h.db.Pool.Query(h.t.Context(), `SELECT recommendation, state FROM proposals WHERE recommendation = ANY($1)`, h.ids)
	if err != nil {
		h.rt.Fatal(err)
	}
	states := map[string]models.ProposalState{}
	var id string
	var state models.ProposalState
	if _, err := pgx.ForEachRow(rows, []any{&id, &state}, func() error {
		states[id] = state
		return nil
	}); err != nil {
		h.rt.Fatal(err)
	}
	return states
}
