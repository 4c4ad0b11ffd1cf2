package catchup_test

import (
	"strings"
	"testing"
	"time"

	"throughline/e2e/wire"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/catchup"
)

// overABadDatabase runs two processes on a wire to the database that breaks, in each
// way, at a call of the source; at 0 before anything is due. makes makes the world,
// and test gets it when both have looked again on a mended wire.
func overABadDatabase(t *testing.T, at int64, makes, test func(w *wired)) {
	for _, fault := range wire.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			w := newWired(t)
			makes(w)
			broken := make(chan struct{})
			w.onCall = func(number int64) {
				if number == at {
					w.database.Break(fault)
					close(broken)
				}
			}
			if at > 0 {
				w.moves(10 * time.Second)
			}
			for _, s := range w.services {
				w.runs(s)
			}
			if at == 0 {
				w.looked()
				w.database.Break(fault)
				close(broken)
				w.moves(10 * time.Second)
			}
			<-broken
			w.bitten(fault)
			w.database.Mend()
			w.looked()
			test(w)
		})
	}
}

// However the database goes away around an asking, it is made once in each window, by
// one process, and the next is told whole.
func TestAGapIsAskedForOnceOverABadWireToTheDatabase(t *testing.T) {
	for when, at := range map[string]int64{"when it is due": 0, "while the source is asked": 1} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			overABadDatabase(t, at, func(w *wired) { w.erp.Counts("a", 12, 13, 14) }, func(w *wired) {
				asked := w.calls.Load()
				if asked > 1 {
					w.Fatalf("in its first window the ERP was asked %d times", asked)
				}
				w.moves(59 * time.Second)
				w.looked()
				w.wantCalls("before the wait was over", asked)
				before := len(w.told())
				w.moves(time.Second)
				storetest.Eventually(w, "the next asking to be told", func() bool { return len(w.told()) == before+1 })
				w.looked()
				w.wantCalls("after the wait", asked+1)
				if told := w.told(); int64(len(told)) > asked+1 || !strings.HasSuffix(told[before], "erp sends all 3 events again.") {
					w.Errorf("asked %d times, the history says %q", asked+1, told)
				}
			})
		})
	}
}

const toldOrders = `SELECT count(*)::text FROM audit WHERE action = 'restore.orders'`

// A database that goes away while the orders since the backup are read, or before what
// came of it is told, has them listed again after the wait and no sooner; each is read
// once and all is told once.
func TestOrdersAreListedOverABadWireToTheDatabase(t *testing.T) {
	for when, in := range map[string]struct {
		orders int
		at     int64
	}{"in the middle of the list": {4, 3}, "before it is told": {0, 1}} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			overABadDatabase(t, in.at, func(w *wired) { w.restored(); w.orders(in.orders) }, func(w *wired) {
				lists := w.lists.Load()
				if lists > 2 {
					w.Fatalf("by two processes the list was begun %d times", lists)
				}
				w.moves(29 * time.Second)
				w.looked()
				if n := w.lists.Load(); n != lists {
					w.Errorf("before the wait was over the list was begun %d times more", n-lists)
				}
				w.moves(time.Second)
				storetest.Eventually(w, "all to be told", func() bool { return w.text(toldOrders) != "0" })
				w.moves(time.Hour)
				w.looked()
				if n := w.lists.Load(); n > lists+2 {
					w.Errorf("afterwards the list was begun %d times", n-lists)
				}
				if read, want := w.read("order"), map[int]string{0: "0 of 0", 4: "4 of 4"}[in.orders]; read != want {
					w.Errorf("%s orders were read, want %s", read, want)
				}
				if told := w.text(toldOrders); told != "1" {
					w.Errorf("told %s times", told)
				}
			})
		})
	}
}

// A database that goes away during a poll, or before what it brought is kept, has the
// next poll begin where this one did, after the wait; each balance comes once, and the
// history tells once that the source is read from.
func TestASilenceIsPolledOverABadWireToTheDatabase(t *testing.T) {
	for when, in := range map[string]struct {
		changed int
		at      int64
	}{"in the middle of a poll": {4, 3}, "before it is kept": {0, 1}} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			overABadDatabase(t, in.at, func(w *wired) { w.silent(in.changed) }, func(w *wired) {
				polls := w.lists.Load()
				w.moves(14 * time.Second)
				w.looked()
				if n := w.lists.Load(); n != polls {
					w.Errorf("before any wait was over it was polled %d times more", n-polls)
				}
				w.moves(46 * time.Second)
				storetest.Eventually(w, "the next poll to be kept", func() bool {
					return w.lists.Load() > polls && w.text(`SELECT (read_since IS NOT NULL AND due_at > asked_at + interval '10 seconds' AND due_at < asked_at + interval '1 minute')::text FROM catch_ups`) == "true"
				})
				w.looked()
				if n := w.lists.Load(); n != polls+1 {
					w.Errorf("after the wait it was polled %d times more", n-polls)
				}
				if read, want := w.read("poll"), map[int]string{0: "0 of 0", 4: "4 of 4"}[in.changed]; read != want {
					w.Errorf("%s balances were read, want %s", read, want)
				}
				if notes := w.text(`SELECT count(*)::text FROM exception_notes WHERE action = 'polled'`); notes != "1" {
					w.Errorf("the history tells %s times of it", notes)
				}
			})
		})
	}
}

// What holds a look up for good, such as a lock that nobody gives back, is given up.
func TestALookThatHangsIsGivenUp(t *testing.T) {
	w := newWorld(t)
	held, err := w.db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer held.Rollback(t.Context())
	if _, err := held.Exec(t.Context(), `LOCK TABLE catch_ups`); err != nil {
		t.Fatal(err)
	}
	hasty, err := catchup.New(catchup.Config{
		Sources: map[string]catchup.Source{"erp": {}}, CatchUps: store.NewCatchUps(w.db), Resends: store.NewResends(w.db), Restores: store.NewRestores(w.db), Limit: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := hasty.RunOnce(t.Context()); err == nil || !strings.Contains(err.Error(), "took longer than") {
		t.Errorf("a look at locked rows gives %v", err)
	}
}
