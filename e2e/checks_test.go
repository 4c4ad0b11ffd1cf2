package e2e

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/e2e/program"
	"throughline/models"
	"throughline/models/store"
)

// open connects to the tower's database, until the test ends.
func open(t *testing.T, w *program.Tower) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{DSN: w.DSN(), MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// count reads one number; zero while the database does not answer.
func count(t *testing.T, db *store.DB, sql string, args ...any) (n int) {
	t.Helper()
	if err := db.Pool.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		return 0
	}
	return n
}

// checkLog wants every accepted event once, and no event of anybody twice.
func checkLog(t *testing.T, db *store.DB, accepted []string) {
	t.Helper()
	if len(accepted) == 0 {
		t.Fatal("nothing was accepted: the test has shown nothing")
	}
	var missing, doubled, rows, received int64
	err := db.Pool.QueryRow(t.Context(), `
		WITH stored AS (SELECT source, event_id, count(*) AS times FROM events WHERE NOT conflict GROUP BY 1, 2)
		SELECT (SELECT count(*) FROM unnest($1::text[]) AS id WHERE NOT EXISTS (SELECT FROM stored WHERE source = $2 AND event_id = id)),
			(SELECT count(*) FROM stored WHERE times > 1), (SELECT count(*) FROM events), (SELECT sum(received) FROM books_received)`,
		accepted, loadSource).Scan(&missing, &doubled, &rows, &received)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d events in the log, %d of them our own", rows, len(accepted))
	if missing != 0 || doubled != 0 || rows != received {
		t.Errorf("of %d accepted events %d are missing; %d are there twice; %d rows, %d received", len(accepted), missing, doubled, rows, received)
	}
}

// checkBooks wants the books to balance, as they are kept and as they are
// counted again from the effects, and both to agree once nothing of ours moves.
func checkBooks(t *testing.T, db *store.DB) {
	t.Helper()
	books := store.NewBooks(db)
	var kept, counted models.BookCounts
	defer func() {
		if t.Failed() {
			t.Logf("kept %+v, counted again %+v", kept, counted)
		}
	}()
	program.Eventually(t, "our own events to be settled and both counts to agree", func() bool {
		kept, counted = booksOf(t, books.Read, loadSource), booksOf(t, books.Audit, loadSource)
		kept.Duplicate, counted.Duplicate = 0, 0 // they leave no effect to count again
		return kept.Pending == 0 && kept == counted
	})
}

// booksOf wants every source to balance and gives the books of one.
func booksOf(t *testing.T, read func(context.Context) (models.Books, error), source string) models.BookCounts {
	t.Helper()
	books, err := read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found models.BookCounts
	for _, s := range books.Sources {
		if s.Received != s.Applied+s.Superseded+s.Parked+s.Discarded+s.Pending {
			t.Errorf("the books of %s do not balance: %+v", s.Source, s.BookCounts)
		}
		if s.Source == source {
			found = s.BookCounts
		}
	}
	return found
}

// checkChains wants 98 % of the orders that the tower has made to lead back,
// link by link, to the forecast revision that they stand on.
func checkChains(t *testing.T, db *store.DB) {
	t.Helper()
	const percent = 98
	var orders, whole int
	program.Eventually(t, "the ERP to tell of the orders", func() bool {
		err := db.Pool.QueryRow(t.Context(), `
			SELECT count(*), count(*) FILTER (WHERE
				EXISTS (SELECT FROM orders o WHERE o.number = w.document)
				AND EXISTS (SELECT FROM decisions d WHERE d.recommendation = w.recommendation)
				AND EXISTS (SELECT FROM basis_checks b WHERE b.recommendation = w.recommendation)
				AND EXISTS (SELECT FROM evaluations e WHERE e.recommendation = w.recommendation OR e.run = r.run AND e.item = r.item AND e.dc = r.dc)
				AND EXISTS (SELECT FROM forecast_revisions f WHERE f.item = r.item AND f.dc = r.dc AND f.revision = r.forecast_revision))
			FROM erp_writes w JOIN recommendations r USING (recommendation) WHERE w.state = 'confirmed'`).Scan(&orders, &whole)
		return err == nil && orders > 0 && whole*100 >= orders*percent
	})
	t.Logf("%d of %d orders lead back to their revision", whole, orders)
	checkAfterOrder(t, db)
}

// checkAfterOrder wants 98 % of what followed from those orders to have what comes
// before it: a confirmation its order, a shipping notice a confirmation, a receipt
// a shipping notice, and some of each. Either may come first, so that it is waited for.
func checkAfterOrder(t *testing.T, db *store.DB) {
	t.Helper()
	const percent = 98
	var kinds, steps, whole int
	program.Eventually(t, "each step after an order to have the one before it", func() bool {
		err := db.Pool.QueryRow(t.Context(), `
			SELECT count(DISTINCT kind), count(*), count(*) FILTER (WHERE whole) FROM (
				SELECT 'confirmation' AS kind, number, EXISTS (SELECT FROM order_lines l WHERE (l.number, l.line) = (c.number, c.line)) AS whole FROM confirmations c
				UNION ALL
				SELECT 'asn', number, EXISTS (SELECT FROM confirmations c WHERE (c.number, c.line) = (a.number, a.line)) FROM asns a
				UNION ALL
				SELECT 'receipt', number, EXISTS (SELECT FROM asns a WHERE (a.number, a.line) = (r.number, r.line)) FROM receipts r) AS step
			WHERE number IN (SELECT document FROM erp_writes WHERE state = 'confirmed')`).Scan(&kinds, &steps, &whole)
		return err == nil && kinds == 3 && whole*100 >= steps*percent
	})
	t.Logf("%d of %d steps after an order have the one before them", whole, steps)
}

// checkOrders wants exactly one ERP order for each recommendation that was
// approved until now, none for one that the ERP itself refused, and no order of
// ours that nobody approved.
func checkOrders(t *testing.T, w *program.Tower, db *store.DB) {
	t.Helper()
	awaitSettled(t, db, time.Now())
	states := writeStates(t, db)
	orders := erpOrders(t, w)
	ordered := 0
	for reference, state := range states {
		want := orders[reference] // approved just now: none yet, or already one
		switch models.ERPWriteState(state) {
		case models.WriteConfirmed:
			want = 1
			ordered++
		case models.WriteFailed:
			want = 0
		}
		if orders[reference] != want {
			t.Errorf("%s is %s and the ERP has %d orders for it, want %d", reference, state, orders[reference], want)
		}
	}
	if ordered == 0 {
		t.Fatal("nothing was ordered: the test has shown nothing")
	}
	states = writeStates(t, db) // again, since the row is there before its order
	for reference, times := range orders {
		if states[reference] == "" || times != 1 {
			t.Errorf("the ERP has %d orders for %s, which is %q here", times, reference, states[reference])
		}
	}
	t.Logf("%d recommendations approved, %d ordered", len(states), ordered)
}

// awaitSettled waits until the ERP has taken or refused whatever was approved
// before an instant.
func awaitSettled(t *testing.T, db *store.DB, before time.Time) {
	t.Helper()
	const open = `FROM decisions d LEFT JOIN erp_writes w USING (recommendation)
		WHERE d.verdict = 'approved' AND d.decided_at < $1 AND coalesce(w.state, '') NOT IN ('confirmed', 'failed')`
	left := -1
	defer func() {
		if left == 0 {
			return
		}
		var lines []string
		err := db.Pool.QueryRow(context.WithoutCancel(t.Context()),
			`SELECT array_agg(concat_ws(' ', recommendation, w.state, w.attempts, 'tries, next', w.next_attempt_at, w.error)) `+open, before).Scan(&lines)
		t.Logf("not settled (%v):\n%s", err, strings.Join(lines, "\n"))
	}()
	program.Eventually(t, "the approved orders to be made", func() bool {
		err := db.Pool.QueryRow(t.Context(), `SELECT count(*) `+open, before).Scan(&left)
		return err == nil && left == 0
	})
}

// writeStates are all approved recommendations: where the making of the order stands, by reference.
func writeStates(t *testing.T, db *store.DB) map[string]string {
	t.Helper()
	rows, err := db.Pool.Query(t.Context(), `SELECT 'TL-' || d.recommendation, coalesce(w.state, 'without a write')
		FROM decisions d LEFT JOIN erp_writes w USING (recommendation) WHERE d.verdict = 'approved'`)
	return pairs[string](t, rows, err)
}

// erpOrders counts, in the ERP's own database, the orders under each of our references.
func erpOrders(t *testing.T, w *program.Tower) map[string]int {
	t.Helper()
	rows, err := erpDatabase(t, w).Query(t.Context(), `SELECT reference, count(*) FROM simulator.orders WHERE reference LIKE 'TL-%' GROUP BY 1`)
	return pairs[int](t, rows, err)
}

// erpDatabase is the database of the demo's systems, until the test ends.
func erpDatabase(t *testing.T, w *program.Tower) *pgx.Conn {
	t.Helper()
	address, err := url.Parse(w.DSN())
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/throughline_simulator"
	conn, err := pgx.Connect(t.Context(), address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// pairs reads rows of a key and a value.
func pairs[V any](t *testing.T, rows pgx.Rows, err error) map[string]V {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]V{}
	var key string
	var value V
	if _, err := pgx.ForEachRow(rows, []any{&key, &value}, func() error {
		found[key] = value
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return found
}
