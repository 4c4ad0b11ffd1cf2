package apply_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/apply"
)

// The variables tell the test binary to be the process that is killed: on which
// database, at which step, what to retry, if anything.
const (
	killDSN   = "THROUGHLINE_KILL_DSN"
	killStep  = "THROUGHLINE_KILL_STEP"
	killRetry = "THROUGHLINE_KILL_RETRY"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(killDSN); dsn != "" {
		if err := applyUntilKilled(dsn, os.Getenv(killStep), os.Getenv(killRetry)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// applyUntilKilled applies everything in batches of three and kills its own
// process the second time that a transaction with work reaches the step, if there is one.
func applyUntilKilled(dsn, step, retry string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		return err
	}
	reached := 0
	cfg := apply.Config{DB: db, BatchLimit: 3}
	apply.OnStep(func(at string) {
		if at != step {
			return
		}
		if reached++; reached == 2 || retry != "" {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	})(&cfg)
	engine, err := apply.New(ctx, cfg)
	if err != nil {
		return err
	}
	if rest, ok := strings.CutPrefix(retry, "edit:"); ok {
		return errors.Join(editUnit(ctx, engine, rest), errors.New("the edit was not killed"))
	}
	if retry != "" {
		var seq int64
		if _, err := fmt.Sscan(retry, &seq); err != nil {
			return err
		}
		_, err = engine.Retry(ctx, []int64{seq}, "ida", "right")
		return errors.Join(err, errors.New("the retry was not killed"))
	}
	if step == "" {
		return apply.Drain(ctx, engine)
	}
	return errors.Join(apply.Drain(ctx, engine), errors.New("the process was not killed"))
}

func killed(t *testing.T, dsn, step, retry string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), killDSN+"="+dsn, killStep+"="+step, killRetry+"="+retry)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the process was not killed at %q: %v\n%s", step, err, out)
	}
}

// TestKilledAtEachStep holds invariants 2 to 5: whatever step of a batch the
// process dies at, nothing is lost, nothing happens twice, and nothing of another
// than the owner takes effect.
func TestKilledAtEachStep(t *testing.T) {
	for _, step := range []string{"read", "cursor moved", "references locked", "judged", "written", "committed"} {
		t.Run(strings.ReplaceAll(step, " ", "-"), func(t *testing.T) {
			w, dsn := worldAt(t)
			w.owned()
			w.masters(2, 1)
			w.run()
			var facts []any
			for v := range int64(10) {
				facts = append(facts, movement("I0", "D0", v+1, "1", "0"), balance("I1", "D0", 10-v, strconv.FormatInt(10-v, 10), "0"))
			}
			foreign := w.send(w.from("wms", movement("I0", "D0", 11, "-4", "0")), w.from("wms", balance("I1", "D0", 11, "99", "0")))
			w.send(facts...)
			w.send(item("I8", 1), item("I9", 1)) // records that others could wait for
			killed(t, dsn, step, "")
			w.balanced()
			if n := w.count(`SELECT count(*) FROM stock_movements WHERE version > 10`); n != 0 {
				t.Errorf("%d changes of another than the owner took effect", n)
			}
			w.run()
			w.expectStates(foreign, "parked OWN-01", "parked OWN-01")
			w.expectPosition("I0", "D0", "10/0 v10 b-1")
			w.expectPosition("I1", "D0", "10/0 v10 b10")
			if n := w.count(`SELECT count(*) FROM stock_movements WHERE item = 'I0'`); n != 10 {
				t.Errorf("%d ledger rows for 10 movements", n)
			}
			w.expectBooks()
			if n := w.count(`SELECT sum(events)::int FROM freshness WHERE entity = 'inventory'`); n != 11 {
				t.Errorf("freshness counts %d useful rows, want 11", n)
			}
		})
	}
}

func TestKilledDuringARetry(t *testing.T) {
	w, dsn := worldAt(t)
	w.masters(1, 1)
	conflict := event(t, "erp", "twice", models.TypeMovement, movement("I0", "D0", 1, "1", "0"))
	conflict.Conflict = true
	seqs := w.send(conflict, movement("I0", "D0", 2, "10", "0"))
	w.run()
	killed(t, dsn, "replay logged", strconv.FormatInt(seqs[0], 10))
	w.expectStates(seqs, "parked API-07", "held TRF-07")
	if n := w.count(`SELECT count(*) FROM audit`); n != 0 {
		t.Errorf("%d audit rows for what was never done", n)
	}
	if _, err := w.engine.Retry(t.Context(), seqs[:1], "ida", "right"); err != nil {
		t.Fatal(err)
	}
	w.expectStates(seqs, "applied", "applied")
	w.expectPosition("I0", "D0", "11/0 v2 b-1")
	w.expectBooks()
}

// leastDeaths of a wake-up are those of what it has to write: the cursor, the record
// that arrived, the ledger, the position and the state of what had waited.
const leastDeaths = 5

// TestAWakeUpIsKilledAtEachStatement kills the process at every statement from
// the arrival of a master record to the effect of what has waited for it, in
// order: nothing is left asleep, and nothing wakes twice.
func TestAWakeUpIsKilledAtEachStatement(t *testing.T) {
	w, dsn := worldAt(t)
	w.masters(0, 1)
	waiting := w.send(balance("I9", "D0", 1, "10", "0"), movement("I9", "D0", 2, "5", "0"), movement("I9", "D0", 3, "-1", "0"))
	w.run()
	w.expectPosition("I9", "D0", "none")
	arrival := w.send(item("I9", 1))
	stops := storetest.StopAtWrites(t, w.db)
	life := func() *exec.Cmd {
		process := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		process.Env = append(os.Environ(), killDSN+"="+dsn)
		return process
	}
	look := func(int) string {
		w.expectBooks()
		known, woken := w.count(`SELECT count(*) FROM items`), w.count(`SELECT count(*) FROM settled_events WHERE outcome = 'applied'`)
		if moved := w.count(`SELECT count(*) FROM stock_movements`); moved != woken || woken > 0 && known == 0 {
			t.Errorf("%d movements are in the ledger, %d events have woken, %d items are known", moved, woken, known)
		}
		return fmt.Sprint(known, woken)
	}
	kills := stops.KillAtEach(t, life, look)
	if at := look(0); at != "1 3" || kills < leastDeaths {
		t.Errorf("after %d deaths the items that are known and the events that woke are %s", kills, at)
	}
	w.expectStates(append(arrival, waiting...), "applied", "applied", "applied", "applied")
	w.expectPosition("I9", "D0", "14/0 v3 b1")
}

// worldAt is a world whose address another process may open.
func worldAt(t *testing.T) (*world, string) {
	t.Helper()
	dsn := storetest.DSN(t)
	db, err := store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	w := &world{t: t, db: db}
	w.prepare()
	w.engine = newEngine(t, db)
	return w, dsn
}
