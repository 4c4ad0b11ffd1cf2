package bulk_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/apply"
	"throughline/sync/bulk"
)

// running plans an action on ten events and does its canary, so that all its steps
// that follow are of one run at work.
func (w *world) running() int64 {
	w.t.Helper()
	id := w.plan(plan(models.BulkRetry, func(*models.BulkPlan) {}))
	w.goOn(id, models.BulkWaiting)
	if _, err := w.bulks.GoOn(w.t.Context(), id, "ida", "Go on."); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// gate lets whoever writes to a table wait behind its rows, until open.
type gate struct {
	w    *world
	open func()
}

const gateLock = 4712

func (w *world) gate(table string) gate {
	w.t.Helper()
	holder, err := w.db.Pool.Acquire(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(holder.Release)
	run := func(sql string) {
		w.t.Helper()
		if _, err := holder.Exec(w.t.Context(), sql); err != nil {
			w.t.Fatal(err)
		}
	}
	run(fmt.Sprintf(`CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(%d); RETURN NULL; END $$`, gateLock))
	run(`CREATE TRIGGER wait AFTER INSERT OR UPDATE ON ` + table + ` FOR EACH STATEMENT EXECUTE FUNCTION wait_here()`)
	run(fmt.Sprintf(`SELECT pg_advisory_lock(%d)`, gateLock))
	return gate{w, func() { run(fmt.Sprintf(`SELECT pg_advisory_unlock(%d)`, gateLock)) }}
}

// awaits waits until so many sessions of the database wait for a lock.
func (g gate) awaits(what string, sessions int) {
	g.w.t.Helper()
	storetest.Eventually(g.w.t, what, func() bool {
		var n int
		err := g.w.db.Pool.QueryRow(g.w.t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n)
		return err == nil && n == sessions
	})
}

// TestACancelDuringAStepComesBeforeOrAfterIt cancels while the first event of a step
// of five, each of a shard of its own, has its effect and not its outcome, and while
// it has both: the event counts whole or not at all, those after it are left alone,
// and the run ends with what was done.
func TestACancelDuringAStepComesBeforeOrAfterIt(t *testing.T) {
	for _, c := range []struct {
		name, stands string
		waits        bool // the cancel has to wait for the step
		done         int
	}{
		{name: "the event has its outcome", stands: "bulk_items", waits: true, done: 6},
		{name: "the event has its effect only", stands: "stock_movements", done: 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 10, 0)
			id := w.running()
			g := w.gate(c.stands)
			step, cancel := make(chan error, 1), make(chan error, 1)
			go func() {
				_, err := w.bulk.RunOnce(context.WithoutCancel(t.Context()))
				step <- err
			}()
			g.awaits("the step to stand", 1)
			go func() { cancel <- w.bulks.Cancel(context.WithoutCancel(t.Context()), id, "ida", "Enough.") }()
			if c.waits {
				g.awaits("the cancel to wait for the step", 2)
			} else if err := <-cancel; err != nil {
				t.Errorf("the cancel: %v", err)
			}
			g.open()
			if err := <-step; err != nil {
				t.Errorf("the step: %v", err)
			}
			if c.waits {
				if err := <-cancel; err != nil {
					t.Errorf("the cancel: %v", err)
				}
			}
			w.cancelled(id, c.done)
		})
	}
}

// cancelled wants a run that ended with so many events done: their effects stand
// once, each says what came of it, and the others wait as they did.
func (w *world) cancelled(id int64, done int) {
	w.t.Helper()
	if more, err := w.bulk.RunOnce(w.t.Context()); more || err != nil {
		w.t.Errorf("there is more to do: %v", err)
	}
	run, err := w.bulks.Get(w.t.Context(), id)
	if err != nil || run.Status != models.BulkCancelled || run.Done != done || run.EndedAt == nil {
		w.t.Errorf("the run is %s with %d done, want %d (%v)", run.Status, run.Done, done, err)
	}
	w.expectOnce(run)
	w.expect(done, `SELECT count(*) FROM stock_movements`)
	w.expect(run.Matched-done, `SELECT count(*) FROM unsettled_events`)
	w.expect(1, `SELECT count(*) FROM audit WHERE action = 'bulk.cancelled'`)
	items, err := w.bulks.Items(w.t.Context(), id, false, 0, run.Matched+1)
	if err != nil || len(items) != run.Matched {
		w.t.Fatalf("%d events are told of (%v)", len(items), err)
	}
	told := 0
	for _, item := range items {
		if item.DoneAt == nil {
			continue
		}
		told++
		w.expect(1, `SELECT count(*) FROM positions WHERE item = 'I' || $1::text`, strconv.FormatInt(item.Seq, 10))
		if item.Outcome != "applied" {
			w.t.Errorf("event %d, which was done, is %q", item.Seq, item.Outcome)
		}
	}
	if told != done {
		w.t.Errorf("of %d events is told what came of them, want %d", told, done)
	}
}

// cancelMidway goes on with the action that is planned as far as its canary, and cancels it.
func cancelMidway(dsn string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		return err
	}
	bulks := store.NewBulks(db)
	engine, err := apply.New(ctx, apply.Config{DB: db})
	if err != nil {
		return err
	}
	s, err := bulk.New(bulk.Config{DB: db, Replay: engine})
	if err != nil {
		return err
	}
	runs, err := bulks.List(ctx, 1)
	for err == nil && runs[0].Done < runs[0].Canary {
		if _, err = s.RunOnce(ctx); err == nil {
			runs, err = bulks.List(ctx, 1)
		}
	}
	if err == nil && !runs[0].Status.Ended() {
		err = bulks.Cancel(ctx, runs[0].ID, "ida", "Enough.")
	}
	for more := true; more && err == nil; {
		more, err = s.RunOnce(ctx)
	}
	return err
}

// TestACancelledActionIsKilledAtEachStatement kills the process at every statement
// of the steps before the cancel and of the cancel itself. After each death the run
// is at work, or cancelled with its audit row, and what is done agrees with what is told.
func TestACancelledActionIsKilledAtEachStatement(t *testing.T) {
	const events, canary = 4, 2
	w := newWorld(t, events, 0)
	id := w.plan(plan(models.BulkRetry, func(p *models.BulkPlan) { p.Canary, p.GoOn = canary, true }))
	if _, err := w.bulks.GoOn(t.Context(), id, "ida", "Looks right."); err != nil {
		t.Fatal(err)
	}
	stops := storetest.StopAtWrites(t, w.db)
	life := func() *exec.Cmd {
		process := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		process.Env = append(os.Environ(), killDSN+"="+w.dsn, killCancel+"=1")
		return process
	}
	look := func(int) string {
		w.leaseIsOver()
		run, err := w.bulks.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		w.expectOnce(run)
		w.expect(run.Done, `SELECT count(*) FROM stock_movements`)
		ended := 0
		if run.Status == models.BulkCancelled {
			ended = 1
		}
		w.expect(ended, `SELECT count(*) FROM audit WHERE action = 'bulk.cancelled'`)
		return fmt.Sprint(run.Status, run.Done)
	}
	kills := stops.KillAtEach(t, life, look)
	const stateAndAudit = 2
	if kills < stateAndAudit {
		t.Errorf("%d lives were killed: the test has shown nothing", kills)
	}
	w.cancelled(id, canary)
}
