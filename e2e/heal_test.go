package e2e

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"throughline/e2e/program"
	"throughline/models"
	"throughline/models/store"
)

const postgresKills = 5

// TestPostgresKilledUnderLoad kills the database again and again while
// everything works: the tower heals by itself and loses nothing.
func TestPostgresKilledUnderLoad(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	w := program.New(t)
	w.Start("demo", "--day", "20s", "--no-faults", "--allow-duplicate-references")
	db := open(t, w)
	awaitOrders(t, db)
	load := startLoad(t, w)
	for range postgresKills {
		before := load.count()
		program.Eventually(t, "events to be taken in", func() bool { return load.count() > before })
		pause(t, time.Duration(random.Int64N(int64(2*time.Second))))
		w.KillPostgres()
		program.Eventually(t, "the tower to be ready again", func() bool { return ready(w) })
	}
	before := load.count()
	program.Eventually(t, "events to be taken in", func() bool { return load.count() > before })
	awaitOrders(t, db)
	checkLog(t, db, load.stop())
	checkBooks(t, db)
	checkOrders(t, w, db)
}

// TestOrdersWaitWhileTheERPIsDown lets the ERP fail for its minute under load:
// what is approved meanwhile waits and is ordered once when it is back.
func TestOrdersWaitWhileTheERPIsDown(t *testing.T) {
	w := program.New(t)
	w.Start("demo", "--day", "20s", "--no-faults", "--allow-duplicate-references")
	db := open(t, w)
	awaitOrders(t, db)
	load := startLoad(t, w)
	admin := program.SignIn(t, w.URL(), string(models.RoleAdmin))
	if status := admin.Post("/break-something/erp-down", nil); status != http.StatusOK {
		t.Fatalf("the ERP cannot be taken down: %d", status)
	}
	program.Eventually(t, "an order that waits", func() bool { return failingWrites(t, db) > 0 })
	program.Eventually(t, "the ERP to be back and nothing to wait any longer", func() bool { return failingWrites(t, db) == 0 })
	checkLog(t, db, load.stop())
	checkBooks(t, db)
	checkOrders(t, w, db)
}

// failingWrites are the orders that were tried in vain and are to be tried again.
func failingWrites(t *testing.T, db *store.DB) int {
	t.Helper()
	return count(t, db, `SELECT count(*) FROM erp_writes WHERE state IN ('intent', 'unknown') AND error <> ''`)
}

func ready(w *program.Tower) bool {
	res, err := http.Get(w.URL() + "/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}
