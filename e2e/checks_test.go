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
// counted again from the effects, and both to agree where nothing moves.
func checkBooks(t *testing.T, db *store.DB) {
	t.Helper()
	books := store.NewBooks(db)
	program.Eventually(t, "our own events to be settled", func() bool {
		return booksOf(t, books.Read, loadSource).Pending == 0
	})
	kept, counted := booksOf(t, books.Read, loadSource), booksOf(t, books.Audit, loadSource)
	kept.Duplicate, counted.Duplicate = 0, 0 // they leave no effect to count again
	if kept != counted {
		t.Errorf("kept %+v, counted again %+v", kept, counted)
	}
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

// checkOrders wants exactly one ERP order for each recommendation that was
// approved until now, and no order of ours that nobody approved.
func checkOrders(t *testing.T, w *program.Tower, db *store.DB) {
	t.Helper()
	awaitOrdered(t, db, time.Now())
	ordered := erpOrders(t, w)
	writes := map[string]string{} // reference → state; read after the ERP, since the row comes first
	rows, err := db.Pool.Query(t.Context(), `
		SELECT 'TL-' || d.recommendation, coalesce(w.state, 'no write')
		FROM decisions d LEFT JOIN erp_writes w USING (recommendation) WHERE d.verdict = 'approved'`)
	if err != nil {
		t.Fatal(err)
	}
	var reference, state string
	confirmed := 0
	if _, err := pgx.ForEachRow(rows, []any{&reference, &state}, func() error {
		writes[reference] = state
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for reference, times := range ordered {
		if _, approved := writes[reference]; !approved || times != 1 {
			t.Errorf("the ERP has %d orders for %s, approved: %t", times, reference, approved)
		}
	}
	for reference, state := range writes {
		if state != string(models.WriteConfirmed) {
			continue // approved since; awaitOrdered has seen to the others
		}
		confirmed++
		if ordered[reference] == 0 && !orderedMeanwhile(t, w, reference) {
			t.Errorf("%s is confirmed and the ERP does not know it", reference)
		}
	}
	if confirmed == 0 {
		t.Fatal("nothing was ordered: the test has shown nothing")
	}
	t.Logf("%d recommendations approved, %d orders confirmed", len(writes), confirmed)
}

// awaitOrdered waits until whatever was approved before an instant is in the ERP.
func awaitOrdered(t *testing.T, db *store.DB, before time.Time) {
	t.Helper()
	const open = `FROM decisions d LEFT JOIN erp_writes w USING (recommendation)
		WHERE d.verdict = 'approved' AND d.decided_at < $1 AND w.state IS DISTINCT FROM 'confirmed'`
	defer func() {
		if !t.Failed() {
			return
		}
		var left []string
		err := db.Pool.QueryRow(context.WithoutCancel(t.Context()), `SELECT array_agg(concat_ws(' ', recommendation, w.state, w.attempts, 'tries, next', w.next_attempt_at, w.error)) `+open, before).Scan(&left)
		t.Logf("not ordered (%v): %s", err, strings.Join(left, "\n"))
	}()
	program.Eventually(t, "the approved orders to be made", func() bool {
		left := -1
		err := db.Pool.QueryRow(t.Context(), `SELECT count(*) `+open, before).Scan(&left)
		return err == nil && left == 0
	})
}

// erpOrders counts, in the ERP's own database, the orders under each of our references.
func erpOrders(t *testing.T, w *program.Tower) map[string]int {
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
	defer conn.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // it was read only
	rows, err := conn.Query(t.Context(), `SELECT reference, count(*) FROM simulator.orders WHERE reference LIKE 'TL-%' GROUP BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	orders := map[string]int{}
	var reference string
	var times int
	if _, err := pgx.ForEachRow(rows, []any{&reference, &times}, func() error {
		orders[reference] = times
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return orders
}

// orderedMeanwhile looks again for an order that came after the first look.
func orderedMeanwhile(t *testing.T, w *program.Tower, reference string) bool {
	t.Helper()
	return erpOrders(t, w)[reference] == 1
}
