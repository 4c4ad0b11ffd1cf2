package apply_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/apply"
	"throughline/sync/eventlog"
)

// follower is a polling consumer: what it exported, then what it was told of.
type follower struct {
	t        testing.TB
	filter   models.ChangeFilter
	place    []models.ChangePlace
	stock    map[string]string          // by item, from each change's own position
	added    map[string]decimal.Decimal // by item, from the movements' differences alone
	revision map[string]string          // by item and revision
	seen     map[int64]bool
}

func (w *world) follow(f models.ChangeFilter) *follower {
	w.t.Helper()
	to := &follower{
		t: w.t, filter: f, stock: map[string]string{}, added: map[string]decimal.Decimal{}, revision: map[string]string{}, seen: map[int64]bool{},
	}
	var err error
	to.place, err = store.NewExports(w.db).Export(w.t.Context(), f, to.exported)
	if err != nil {
		w.t.Error(err)
	}
	return to
}

func (f *follower) exported(t models.EventType, data []byte) error {
	switch t {
	case models.TypeBalance:
		var b models.InventoryBalance
		if err := json.Unmarshal(data, &b); err != nil {
			return err
		}
		f.stock[b.Item], f.added[b.Item] = b.OnHand.String(), b.OnHand
	case models.TypeForecastRevision:
		var r models.ForecastRevision
		if err := json.Unmarshal(data, &r); err != nil {
			return err
		}
		f.revision[fmt.Sprintf("%s/%d", r.Item, r.Revision)] = r.Quantities[0].String()
	}
	return nil
}

func (f *follower) told(c *models.ChangedFact) {
	if f.seen[c.Seq] {
		f.t.Errorf("the event %d came twice", c.Seq)
	}
	f.seen[c.Seq] = true
	switch c.Type {
	case models.TypeMovement, models.TypeBalance:
		if c.Stock == nil {
			f.t.Errorf("the event %d does not say what it left behind", c.Seq)
			return
		}
		f.stock[c.Item] = c.Stock.OnHand.String()
		var m models.InventoryMovement
		if c.Type == models.TypeMovement && json.Unmarshal([]byte(c.Data), &m) == nil {
			f.added[c.Item] = f.added[c.Item].Add(m.OnHandDelta)
		}
	case models.TypeForecastRevision:
		var r models.ForecastRevision
		if json.Unmarshal([]byte(c.Data), &r) == nil {
			f.revision[fmt.Sprintf("%s/%d", r.Item, r.Revision)] = r.Quantities[0].String()
		}
	}
}

// poll asks once; more says that it has not caught up.
func (w *world) poll(f *follower, limit int) (more bool) {
	page, err := store.NewChanges(w.db).Since(w.t.Context(), models.ChangeQuery{Filter: f.filter, After: f.place, Limit: limit})
	if err != nil {
		w.t.Error(err)
		return false
	}
	if len(page.Changes) > limit {
		w.t.Errorf("a page of %d holds %d", limit, len(page.Changes))
	}
	for i := range page.Changes {
		f.told(&page.Changes[i])
	}
	f.place = page.Next
	return page.More
}

// TestAnExportAndTheChangesAfterItAreTheState has writers, the engine and
// followers that export at any moment and poll pages of any size run against
// each other, and holds each follower against the state at the end.
func TestAnExportAndTheChangesAfterItAreTheState(t *testing.T) {
	w := newWorld(t, smallBatches)
	w.masters(6, 1)
	filter := models.ChangeFilter{Types: []models.EventType{
		models.TypeBalance, models.TypeMovement, models.TypeThreshold, models.TypeForecastRevision,
	}}
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		limit, seed := rapid.IntRange(1, 9).Draw(rt, "limit"), rapid.Uint64().Draw(rt, "seed")
		facts := rapid.IntRange(1, 12).Draw(rt, "facts")
		followers := w.disturb(round, facts, limit, seed, filter)
		want := w.follow(filter)
		for _, f := range followers {
			for w.poll(f, limit) {
			}
			if !maps.Equal(f.stock, want.stock) || !maps.Equal(f.revision, want.revision) {
				rt.Fatalf("a follower has\n%v %v, the state is\n%v %v", f.stock, f.revision, want.stock, want.revision)
			}
			for _, item := range []string{"I0", "I1"} { // these have movements only
				if !f.added[item].Equal(want.added[item]) {
					rt.Fatalf("the movements of %s add up to %s, its stock is %s", item, f.added[item], want.added[item])
				}
			}
		}
	})
}

// disturb runs a round and returns its followers, who have seen a part of it.
func (w *world) disturb(round, facts, limit int, seed uint64, filter models.ChangeFilter) []*follower {
	const parties = 2
	var writers, others sync.WaitGroup
	written := make(chan struct{})
	followers := make([]*follower, parties)
	for i := range parties {
		writers.Go(func() { w.write(round, i, facts, rand.New(rand.NewPCG(seed, uint64(i)))) })
		others.Go(func() {
			followers[i] = w.follow(filter)
			for open(written) {
				w.poll(followers[i], limit)
			}
		})
	}
	others.Go(func() {
		for last := false; !last; {
			last = !open(written)
			if err := apply.Drain(w.t.Context(), w.engine); err != nil {
				w.t.Error(err)
				return
			}
		}
	})
	writers.Wait()
	close(written)
	others.Wait()
	return followers
}

func open(done <-chan struct{}) bool {
	select {
	case <-done:
		return false
	default:
		return true
	}
}

// write appends facts as intake does; each writer has versions of its own, so
// that some come late.
func (w *world) write(round, party, facts int, random *rand.Rand) {
	for n := range facts {
		version := int64(round*1000 + n*2 + party)
		item, quantity := "I"+strconv.Itoa(random.IntN(6)), strconv.Itoa(1+random.IntN(9))
		var fact any = movement(item, "D0", version, quantity, "0")
		switch number := item[1]; {
		case number >= '4':
			r := forecast(version, "2011-03-01", quantity)
			r.Item = item
			fact = r
		case number >= '2' && random.IntN(3) == 0:
			fact = balance(item, "D0", version, quantity, "0")
		}
		e := event(w.t, "erp", fmt.Sprintf("r%d-%d-%d", round, party, n), typeOf(fact), fact)
		if _, err := store.NewLog(w.db).Append(w.t.Context(), models.LaneRealtime, []store.Entry{eventlog.NewEntry(e, shards)}); err != nil {
			w.t.Error(err)
		}
	}
}

func TestChangesAreFilteredByTypeAndDC(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 2)
	start, err := store.NewChanges(w.db).Since(t.Context(), models.ChangeQuery{Latest: true})
	if err != nil || len(start.Changes) != 0 {
		t.Fatalf("%+v, %v", start, err)
	}
	seqs := w.send(balance("I0", "D0", 1, "10", "3"), balance("I0", "D1", 1, "20", "0"), item("I0", 2))
	w.run()
	read := func(f models.ChangeFilter) (got []int64) {
		page, err := store.NewChanges(w.db).Since(t.Context(), models.ChangeQuery{Filter: f, After: start.Next, Limit: 10})
		if err != nil || page.More {
			t.Fatalf("%+v, %v", page, err)
		}
		for _, c := range page.Changes {
			got = append(got, c.Seq)
		}
		return got
	}
	if got := read(models.ChangeFilter{}); len(got) != 3 {
		t.Errorf("without a filter %v came", got)
	}
	if got := read(models.ChangeFilter{Types: []models.EventType{models.TypeBalance}, DCs: []string{"D1"}}); len(got) != 1 || got[0] != seqs[1] {
		t.Errorf("of the balances at D1 %v came, want %d", got, seqs[1])
	}
	if got := read(models.ChangeFilter{DCs: []string{"D0"}}); len(got) != 2 {
		t.Errorf("at D0 %v came, want its balance and the item", got)
	}
}

func TestATokenThatRetentionHasPassedIsGone(t *testing.T) {
	w := newWorld(t)
	changes := store.NewChanges(w.db)
	start, err := changes.Since(t.Context(), models.ChangeQuery{Latest: true})
	if err != nil {
		t.Fatal(err)
	}
	w.masters(1, 1)
	now, err := changes.Since(t.Context(), models.ChangeQuery{Latest: true})
	if err != nil {
		t.Fatal(err)
	}
	if dropped, err := store.NewPartitions(w.db).Drop(t.Context(), time.Now()); err != nil || !dropped {
		t.Fatalf("drop: %v, %v", dropped, err)
	}
	if _, err := changes.Since(t.Context(), models.ChangeQuery{After: start.Next, Limit: 10}); models.CodeOf(err) != models.CodeGone {
		t.Errorf("a token before what is kept: %v", err)
	}
	if page, err := changes.Since(t.Context(), models.ChangeQuery{After: now.Next, Limit: 10}); err != nil || len(page.Changes) != 0 {
		t.Errorf("a token at its end: %+v, %v", page, err)
	}
	if page, err := changes.Since(t.Context(), models.ChangeQuery{Limit: 10}); err != nil || len(page.Changes) != 0 {
		t.Errorf("no token: %+v, %v", page, err)
	}
	ahead := now.Next
	ahead[0].Pos += 1000
	if _, err := changes.Since(t.Context(), models.ChangeQuery{After: ahead, Limit: 10}); models.CodeOf(err) != models.CodeGone {
		t.Errorf("a token of another database: %v", err)
	}
}

// TestAPageEndsInsideTheFirstBatchAfterARestore goes on from a token that was given
// inside a row which lies a restore away from the one before it.
func TestAPageEndsInsideTheFirstBatchAfterARestore(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	changes := store.NewChanges(w.db)
	page, err := changes.Since(t.Context(), models.ChangeQuery{Latest: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.Pool.Exec(t.Context(), `SELECT setval(pg_get_serial_sequence('changes', 'pos'), $1)`, int64(store.RestoreGap+1000)); err != nil {
		t.Fatal(err)
	}
	want := w.send(balance("I0", "D0", 1, "10", "3"), balance("I0", "D0", 2, "20", "0"), balance("I0", "D0", 3, "30", "0"))
	w.run()
	var got []int64
	for page.More = true; page.More; {
		if page, err = changes.Since(t.Context(), models.ChangeQuery{After: page.Next, Limit: 1}); err != nil {
			t.Fatalf("after %d changes: %v", len(got), err)
		}
		for _, c := range page.Changes {
			got = append(got, c.Seq)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v came, want %v", got, want)
	}
}

// TestEveryTypeCanBeExported has each query read by the database.
func TestEveryTypeCanBeExported(t *testing.T) {
	w := newWorld(t)
	w.masters(2, 1)
	w.send(purchaseOrder(1, "open", "5"), balance("I0", "D0", 1, "10.50", "3"))
	w.run()
	records := map[models.EventType][]string{}
	_, err := store.NewExports(w.db).Export(t.Context(), models.ChangeFilter{Types: models.EventTypes(), DCs: []string{"D0"}},
		func(typ models.EventType, data []byte) error {
			records[typ] = append(records[typ], string(data))
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if len(records[models.TypeItemChanged]) != 2 || len(records[models.TypePurchaseOrder]) != 1 || len(records[models.TypeBalance]) != 1 {
		t.Fatalf("%v", records)
	}
	var order models.OrderChanged
	if err := json.Unmarshal([]byte(records[models.TypePurchaseOrder][0]), &order); err != nil || len(order.Lines) != 1 || order.Lines[0].Quantity.String() != "5" {
		t.Errorf("%+v, %v", order, err)
	}
	var position map[string]any
	if err := json.Unmarshal([]byte(records[models.TypeBalance][0]), &position); err != nil || position["on_hand"] != "10.5" || position["available"] != "7.5" {
		t.Errorf("%v, %v", position, err)
	}
}
