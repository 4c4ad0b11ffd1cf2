package apply_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/apply"
)

// within fails the test when the condition does not come true; it looks again every few milliseconds.
func within(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("%s: not within %s", what, limit)
		case <-tick.C:
		}
	}
}

func start(t *testing.T, engine *apply.Engine) {
	t.Helper()
	if err := engine.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
}

// poison makes the database refuse a ledger row that leads to 666.
func (w *world) poison() {
	w.t.Helper()
	if _, err := w.db.Pool.Exec(w.t.Context(), `ALTER TABLE stock_movements ADD CONSTRAINT no_beast CHECK (on_hand <> 666)`); err != nil {
		w.t.Fatal(err)
	}
}

func TestOnlyTheGuiltyRowOfABatchIsParked(t *testing.T) {
	w := newWorld(t)
	w.masters(30, 1)
	w.poison()
	var facts []any
	want := make([]string, 30)
	for i := range 30 {
		onHand := "5"
		want[i] = "applied"
		if i == 7 || i == 22 {
			onHand, want[i] = "666", "parked TRF-06"
		}
		facts = append(facts, balance(fmt.Sprintf("I%d", i), "D0", 1, onHand, "0"))
	}
	seqs := w.send(facts...)
	w.run()
	w.expectStates(seqs, want...)
	w.expectBooks()

	if _, err := w.db.Pool.Exec(t.Context(), `ALTER TABLE stock_movements DROP CONSTRAINT no_beast`); err != nil {
		t.Fatal(err)
	}
	results, err := w.engine.Retry(t.Context(), []int64{seqs[7], seqs[22], seqs[0]}, "ida", "the rule is gone")
	if err != nil || results[0].State != "applied" || results[1].State != "applied" || results[2].State != "gone" {
		t.Fatalf("retry: %+v, %v", results, err)
	}
	w.expectBooks()
}

func TestAHeldPoisonIsFoundWhenItsKeyIsReleased(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	conflict := event(t, "erp", "twice", models.TypeMovement, movement("I0", "D0", 1, "600", "0"))
	conflict.Conflict = true
	seqs := w.send(conflict, movement("I0", "D0", 2, "66", "0"), movement("I0", "D0", 3, "1", "0"))
	w.run()
	w.poison()
	if _, err := w.engine.Retry(t.Context(), seqs[:1], "ida", "right"); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.expectStates(seqs, "applied", "parked TRF-06", "held TRF-07")
	if _, err := w.engine.Discard(t.Context(), seqs[1:2], "ida", "wrong"); err != nil {
		t.Fatal(err)
	}
	w.expectStates(seqs, "applied", "discarded", "applied")
	w.expectPosition("I0", "D0", "601/0 v3 b-1")
	w.expectBooks()
}

func TestTwoOwnersOfAShardApplyEachEventOnce(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	shard := shards.Of(models.LaneRealtime, "inventory:I0|D0")
	seqs := w.send(movement("I0", "D0", 1, "1", "0"), movement("I0", "D0", 2, "10", "0"))

	var once sync.Once
	overtaken := newEngine(t, w.db, apply.OnStep(func(step string) {
		if step == "read" {
			once.Do(w.run) // the other owner applies what this one has just read
		}
	}))
	if more, err := apply.RunShard(t.Context(), overtaken, shard); err != nil || !more {
		t.Fatalf("the overtaken owner gave %v, %v: it must go on from where the shard is", more, err)
	}
	runEngine(t, overtaken)
	w.expectPosition("I0", "D0", "11/0 v2 b-1")
	w.expectStates(seqs, "applied", "applied")
	if n := w.count(`SELECT count(*) FROM stock_movements`); n != 2 {
		t.Errorf("%d ledger rows for 2 events", n)
	}
	w.expectBooks()
}

func TestManyOwnersOfAllShardsApplyEachEventOnce(t *testing.T) {
	w := newWorld(t)
	w.masters(5, 2)
	for range 3 {
		start(t, newEngine(t, w.db, func(c *apply.Config) { c.Poll, c.BatchLimit = time.Millisecond, 7 }))
	}
	for round := range 20 {
		var facts []any
		for i := range 10 {
			facts = append(facts, movement(fmt.Sprintf("I%d", i%5), fmt.Sprintf("D%d", i/5), int64(round+1), "1", "0"))
		}
		w.send(facts...)
	}
	within(t, time.Minute, "everything is applied", func() bool { return w.balanced().Total.Pending == 0 })
	w.expectBooks()
	if n := w.count(`SELECT count(*) FROM stock_movements`); n != 200 {
		t.Errorf("%d ledger rows for 200 events", n)
	}
	w.expectPosition("I4", "D1", "20/0 v20 b-1")
}

// TestNoWakeUpIsLost lets the master record come at every moment of the search for it.
func TestNoWakeUpIsLost(t *testing.T) {
	for _, moment := range []string{"read", "cursor moved", "references locked", "judged", "written", "committed"} {
		t.Run(moment, func(t *testing.T) {
			w := newWorld(t)
			w.masters(0, 1)
			seqs := w.send(balance("I0", "D0", 1, "5", "0"))
			master := make(chan error, 1)
			var once sync.Once
			w.engine = newEngine(t, w.db, apart)
			searching := newEngine(t, w.db, apart, apply.OnStep(func(step string) {
				if step == moment {
					once.Do(func() {
						w.send(item("I0", 1))
						go func() { // it may have to wait for the search's lock
							_, err := apply.RunShard(t.Context(), w.engine, shards.Of(models.LaneRealtime, "item:I0"))
							master <- err
						}()
						w.waitForMasterOrLock()
					})
				}
			}))
			for more := true; more; {
				var err error
				if more, err = apply.RunShard(t.Context(), searching, shards.Of(models.LaneRealtime, "inventory:I0|D0")); err != nil {
					t.Fatal(err)
				}
			}
			if err := <-master; err != nil {
				t.Fatal(err)
			}
			if err := apply.Sweep(t.Context(), w.engine); err != nil {
				t.Fatal(err)
			}
			w.expectStates(seqs, "applied")
			w.expectBooks()
		})
	}
}

// apart gives each shard a worker of its own.
func apart(c *apply.Config) { c.Workers = shards.Total() }

// waitForMasterOrLock returns when the master record is there or its transaction waits for a lock.
func (w *world) waitForMasterOrLock() {
	within(w.t.(*testing.T), 30*time.Second, "the master record", func() bool {
		return w.count(`SELECT (SELECT count(*) FROM items) + (SELECT count(*) FROM pg_locks l JOIN pg_stat_activity USING (pid)
			WHERE NOT l.granted AND datname = current_database())`) > 0
	})
}

func TestADatabaseThatIsDownParksNothing(t *testing.T) {
	server := storetest.Server(t)
	db := server.Open()
	w := &world{t: t, db: db}
	w.prepare()
	w.engine = newEngine(t, db)
	w.masters(1, 1)
	start(t, newEngine(t, server.Open(), func(c *apply.Config) { c.Poll = time.Millisecond }))
	for round := range int64(3) {
		w.send(movement("I0", "D0", round*2+1, "1", "0"), movement("I0", "D0", round*2+2, "1", "0"))
		server.Stop()
		server.Start()
		db.Pool.Reset() // the test's own connections are of the old server
	}
	within(t, time.Minute, "everything is applied", func() bool { return w.position("I0", "D0") == "6/0 v6 b-1" })

	// A power cut takes back what was committed and not yet on disk: the effects
	// and their cursor go together, and are made again from the log.
	w.send(movement("I0", "D0", 7, "1", "0"))
	var started time.Time
	if err := db.Pool.QueryRow(t.Context(), `SELECT pg_postmaster_start_time()`).Scan(&started); err != nil {
		t.Fatal(err)
	}
	server.Crash()
	within(t, time.Minute, "everything is applied by the recovered server", func() bool {
		var version int64
		var recovered bool
		err := db.Pool.QueryRow(t.Context(), `SELECT version, pg_postmaster_start_time() > $1 FROM positions WHERE item = 'I0'`,
			started).Scan(&version, &recovered)
		return err == nil && version == 7 && recovered
	})
	w.expectPosition("I0", "D0", "7/0 v7 b-1")
	if n := w.count(`SELECT count(*) FROM unsettled_events`) + w.count(`SELECT count(*) FROM event_attempts`); n != 0 {
		t.Errorf("%d rows say that events failed, but it was the database", n)
	}
	w.expectBooks()
}
