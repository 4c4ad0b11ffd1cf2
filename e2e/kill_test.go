package e2e

import (
	"math/rand/v2"
	"testing"
	"time"

	"throughline/e2e/program"
	"throughline/models/store"
)

const kills = 20

// TestKillsLoseAndRepeatNothing kills the tower, or everything, again and again
// while the demo and a sender of our own keep it busy, with the ERP's own
// uniqueness check switched off; then all comes five times more.
func TestKillsLoseAndRepeatNothing(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	w := program.Raced(t)
	demo := []string{"demo", "--day", "20s", "--no-faults", "--allow-duplicate-references", "--addr", program.FreeAddr(t)}
	w.Start(demo...)
	awaitOrders(t, open(t, w))
	load := startLoad(t, w)
	for i := range kills {
		if i%4 != 3 && w.URL() == "" { // every fourth kill may come before the tower is ready
			t.Fatalf("it did not come up after kill %d:\n%s", i, w.Output())
		}
		pause(t, time.Duration(random.Int64N(int64(3*time.Second))))
		if random.IntN(2) == 0 {
			w.Kill()
		} else {
			w.KillAll()
		}
		w.Launch(demo...)
	}
	if w.URL() == "" {
		t.Fatal("it did not come up after the last kill")
	}
	db := open(t, w)
	awaitOrders(t, db)
	sayAgain(t, w, db, random)
	accepted := load.stop()
	checkLog(t, db, accepted)
	checkBooks(t, db)
	checkOrders(t, w, db)
	checkChains(t, db)
}

// awaitOrders waits until the closed loop turns: some more orders are made.
func awaitOrders(t *testing.T, db *store.DB) {
	t.Helper()
	const some = 5
	made := func() int { return count(t, db, `SELECT count(*) FROM erp_writes WHERE state = 'confirmed'`) }
	before := made()
	program.Eventually(t, "orders", func() bool { return made() >= before+some })
}

// pause lets a random moment pass: there is nothing to wait for.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
