package e2e

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/e2e/program"
	"throughline/models"
	"throughline/models/store"
)

// TestARestoredTowerCatchesUpWithItsSystems lets the demo's systems trade on after a
// backup and loses the tower, not them. An operator restores it into a new database
// by the steps of docs/OPERATIONS.md: no order is made twice, those that the tower
// had forgotten are known again as soon as the ERP tells of them, and the stock of
// before the restart is the ERP's own.
func TestARestoredTowerCatchesUpWithItsSystems(t *testing.T) {
	server := program.New(t)
	server.Start("serve") // for its Postgres, which outlives the tower
	w := program.New(t)
	w.Database = newDatabase(t, server.DSN(), "before")
	demo := []string{"demo", "--day", "60s", "--no-faults", "--allow-duplicate-references", "--addr", program.FreeAddr(t)}
	w.Start(demo...)
	db := open(t, w)
	awaitOrders(t, db)
	file := filepath.Join(t.TempDir(), "tower.backup")
	pending := backUpWithOrdersWaiting(t, w, db, file)
	known := erpVersions(t, w)
	ordered := letTradeGoOn(t, db, pending)
	w.KillAll()
	lost, stock := erpVersions(t, w), erpStock(t, w)
	maps.DeleteFunc(lost, func(number string, _ int) bool { return known[number] > 0 })

	w.Database = newDatabase(t, server.DSN(), "after")
	w.MustRun("restore", file)
	w.Start(demo...)
	db = open(t, w)
	it := program.SignIn(t, w.URL(), string(models.RoleIT))
	pauseERP(t, it, "resume")
	seeFound(t, db, ordered)
	compareStock(t, w, db, it, stock)
	seeOrders(t, w, db, lost)
	for reference, times := range erpOrders(t, w) {
		if times != 1 {
			t.Errorf("the ERP has %d orders for %s", times, reference)
		}
	}
	checkBooks(t, db)
}

// backUpWithOrdersWaiting takes a backup while calls to the ERP are paused and
// approved orders wait, which it gives.
func backUpWithOrdersWaiting(t *testing.T, w *program.Tower, db *store.DB, file string) (pending []string) {
	t.Helper()
	it := program.SignIn(t, w.URL(), string(models.RoleIT))
	pauseERP(t, it, "pause")
	const waits = `FROM erp_writes WHERE state = 'intent' AND created_at > $1`
	paused := time.Now().Add(2 * time.Second) // every part of the tower knows by then
	program.Eventually(t, "an approved order that waits", func() bool { return count(t, db, `SELECT count(*) `+waits, paused) > 0 })
	if err := db.Pool.QueryRow(t.Context(), `SELECT array_agg(reference) `+waits, paused).Scan(&pending); err != nil {
		t.Fatal(err)
	}
	w.MustRun("backup", file)
	pauseERP(t, it, "resume")
	return pending
}

func pauseERP(t *testing.T, it *program.Visitor, what string) {
	t.Helper()
	form := url.Values{"reason": {"A backup is taken."}, "for": {"1h"}}
	if status := it.Post("/pauses/target/erp/"+what, form); status != http.StatusOK {
		t.Fatalf("%s of the ERP is answered %d", what, status)
	}
}

// letTradeGoOn waits until the ERP has taken or refused what waited at the backup,
// with more orders and more stock movements after it. It gives what was ordered.
func letTradeGoOn(t *testing.T, db *store.DB, pending []string) (ordered []string) {
	t.Helper()
	moved := count(t, db, `SELECT count(*) FROM stock_movements`)
	program.Eventually(t, "the orders that waited", func() bool {
		return count(t, db, `SELECT count(*) FROM erp_writes WHERE reference = ANY ($1) AND state IN ('confirmed', 'failed')`, pending) == len(pending)
	})
	program.Eventually(t, "movements after the backup", func() bool { return count(t, db, `SELECT count(*) FROM stock_movements`) > moved })
	awaitOrders(t, db)
	err := db.Pool.QueryRow(t.Context(), `SELECT array_agg(reference) FROM erp_writes WHERE reference = ANY ($1) AND state = 'confirmed'`, pending).Scan(&ordered)
	if err != nil || len(ordered) == 0 {
		t.Fatalf("nothing that waited was ordered (%v)", err)
	}
	return ordered
}

// seeFound wants the orders that waited at the backup to be found in the ERP and
// not sent for again: the restored tower does not know that they were made.
func seeFound(t *testing.T, db *store.DB, ordered []string) {
	t.Helper()
	program.Eventually(t, "the orders of after the backup to be found", func() bool {
		return count(t, db, `SELECT count(DISTINCT w.id) FROM erp_writes w JOIN erp_write_attempts a ON a.write_id = w.id
			WHERE w.reference = ANY ($1) AND w.state = 'confirmed' AND a.action = 'lookup' AND a.outcome = 'found'`, ordered) == len(ordered)
	})
	if sent := count(t, db, `SELECT count(*) FROM erp_writes w JOIN erp_write_attempts a ON a.write_id = w.id
		WHERE w.reference = ANY ($1) AND a.action = 'send'`, ordered); sent != 0 {
		t.Errorf("%d orders were sent for again", sent)
	}
}

// position is what a system says of an item at a DC.
type position struct {
	Item, DC          string
	Version           int64
	OnHand, Allocated string
}

// compareStock has the ERP compared until each position that it held at the restart
// has been the tower's too. Trade goes on, so that figures of after the restart may be
// on their way; each of the tower's is held against the ERP's own ledger at its version.
func compareStock(t *testing.T, w *program.Tower, db *store.DB, it *program.Visitor, held map[[2]string]position) {
	t.Helper()
	erp := erpDatabase(t, w)
	runs, left := -1, maps.Clone(held)
	defer func() {
		if !t.Failed() {
			return
		}
		t.Logf("after %d comparisons %d positions are not as in the ERP yet", runs, len(left))
		if len(left) <= 3 { // more of them tell of a busy machine
			for key, then := range left {
				t.Logf("%v, of which it had %+v: %s", key, then, told(t, db, erp, key))
			}
		}
	}()
	it.Post("/reconciliation/runs", url.Values{"source": {"erp"}})
	program.Eventually(t, "the first comparison, which asks for most", func() bool {
		return count(t, db, `SELECT count(*) FROM reconcile_runs WHERE source = 'erp' AND finished_at IS NOT NULL`) > 0
	})
	program.Eventually(t, "the differences to be found and read again", func() bool {
		now := count(t, db, `SELECT count(*) FROM reconcile_runs WHERE source = 'erp' AND finished_at IS NOT NULL`)
		if now > runs { // else one is under way
			it.Post("/reconciliation/runs", url.Values{"source": {"erp"}})
		}
		runs = now
		for _, p := range alike(t, db, erp) {
			key := [2]string{p.Item, p.DC}
			if then := held[key]; p.Version >= then.Version || p.OnHand == then.OnHand && p.Allocated == then.Allocated {
				delete(left, key) // what a lost event only said again is no difference
			}
		}
		return len(left) == 0
	})
	healed := `SELECT count(*) FROM drifts WHERE cause = 'missing_event' AND healed_at IS NOT NULL`
	polled := `SELECT coalesce(sum(came), 0)::int FROM catch_ups` // an ERP that was silent for long is polled
	if count(t, db, healed)+count(t, db, polled) == 0 {
		t.Error("nothing was lost and read again: the test has shown nothing")
	}
	program.Eventually(t, "no difference that nothing explains", func() bool {
		return count(t, db, `SELECT count(*) FROM drifts WHERE cleared_at IS NULL AND cause NOT IN ('in_flight', 'missing_event')`) == 0
	})
}

// told is what the tower has of an item at a DC, with its open differences and what
// was read again of it, and the end of the ERP's ledger.
func told(t *testing.T, db *store.DB, erp *pgx.Conn, key [2]string) string {
	t.Helper()
	var ours, theirs string
	err := db.Pool.QueryRow(context.WithoutCancel(t.Context()), `SELECT jsonb_build_object(
		'position', (SELECT to_jsonb(p) FROM positions p WHERE item = $1 AND dc = $2),
		'drifts', (SELECT jsonb_agg(to_jsonb(d)) FROM drifts d WHERE item = $1 AND dc = $2),
		'events', (SELECT jsonb_agg(e.event_id || ' ' || e.type || ' ' || e.data) FROM events e WHERE item = $1 AND dc = $2 AND type LIKE 'throughline.inventory.%'))::text`,
		key[0], key[1]).Scan(&ours)
	if err == nil {
		err = erp.QueryRow(context.WithoutCancel(t.Context()), `SELECT jsonb_agg(to_jsonb(l) ORDER BY version DESC)::text FROM (
			SELECT * FROM simulator.stock_ledger WHERE item = $1 AND dc = $2 ORDER BY version DESC LIMIT 8) l`, key[0], key[1]).Scan(&theirs)
	}
	if err != nil {
		return err.Error()
	}
	return ours + "; the ERP: " + theirs
}

// alike are the positions here that the ERP's ledger has so at their version.
func alike(t *testing.T, db *store.DB, erp *pgx.Conn) []position {
	t.Helper()
	rows, err := db.Pool.Query(t.Context(), `SELECT item, dc, version, on_hand::text, allocated::text FROM positions`)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := pgx.CollectRows(rows, pgx.RowToStructByPos[position])
	if err != nil {
		t.Fatal(err)
	}
	rows, err = erp.Query(t.Context(), `
		SELECT p.* FROM jsonb_to_recordset($1) AS p ("Item" text, "DC" text, "Version" bigint, "OnHand" text, "Allocated" text)
		JOIN simulator.stock_ledger l ON (l.item, l.dc, l.version) = (p."Item", p."DC", p."Version")
		WHERE (l.on_hand, l.allocated) = (p."OnHand"::numeric, p."Allocated"::numeric)`, ours)
	if err != nil {
		t.Fatal(err)
	}
	same, err := pgx.CollectRows(rows, pgx.RowToStructByPos[position])
	if err != nil {
		t.Fatal(err)
	}
	return same
}

// seeOrders wants each order that was made after the backup to be known again as
// soon as the ERP tells of it, of which there are some.
func seeOrders(t *testing.T, w *program.Tower, db *store.DB, lost map[string]int) {
	t.Helper()
	if len(lost) == 0 {
		t.Fatal("no order was made after the backup: the test has shown nothing")
	}
	again, erp := 0, erpDatabase(t, w)
	program.Eventually(t, "the orders of after the backup to be known again", func() bool {
		rows, err := erp.Query(t.Context(), `SELECT number, version FROM simulator.orders WHERE number = ANY ($1)`, slices.Collect(maps.Keys(lost)))
		told := pairs[int](t, rows, err)
		maps.DeleteFunc(told, func(number string, version int) bool { return version == lost[number] })
		again = len(told)
		return again > 0 && count(t, db, `SELECT count(*) FROM orders WHERE number = ANY ($1)`, slices.Collect(maps.Keys(told))) == again
	})
	t.Logf("the ERP has told of %d of %d orders that were made after the backup", again, len(lost))
}

// erpVersions are the ERP's orders that the tower asked for, each with its version.
func erpVersions(t *testing.T, w *program.Tower) map[string]int {
	t.Helper()
	rows, err := erpDatabase(t, w).Query(t.Context(), `SELECT number, version FROM simulator.orders WHERE reference LIKE 'TL-%'`)
	return pairs[int](t, rows, err)
}

// erpStock is all stock in the ERP's own books.
func erpStock(t *testing.T, w *program.Tower) map[[2]string]position {
	t.Helper()
	rows, err := erpDatabase(t, w).Query(t.Context(), `SELECT item, dc, version, on_hand::text, allocated::text FROM simulator.balances`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[position])
	if err != nil {
		t.Fatal(err)
	}
	stock := make(map[[2]string]position, len(all))
	for _, p := range all {
		stock[[2]string{p.Item, p.DC}] = p
	}
	return stock
}
