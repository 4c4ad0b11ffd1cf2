package webtest_test

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/models/store"
	"throughline/web/app"
	"throughline/web/webtest"
)

// differ stores differences of stock at LON, newer than those before.
func differ(t *testing.T, w *webtest.Tower, prefix, cause string, n int, cleared bool) {
	t.Helper()
	_, err := w.DB.Pool.Exec(t.Context(), `
		WITH run AS (INSERT INTO reconcile_runs (source, state, asked_by, finished_at) VALUES ('erp', 'finished', 'test', now()) RETURNING id)
		INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, cleared_at, cleared_how)
		SELECT run.id, 'erp', $1 || i, 'LON', $2, i, 0, 0, 0, 1, 1, CASE WHEN $4 THEN now() END, CASE WHEN $4 THEN 'read again' ELSE '' END
		FROM run, generate_series(1, $3::int) AS i`, prefix, cause, n, cleared)
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnOldDifferenceStaysInSightBehindManyNewerOnes(t *testing.T) {
	w := webtest.Start(t)
	differ(t, w, "OLD-", "unexplained", 1, false)
	differ(t, w, "GONE-", "missing_event", 300, true)
	it := w.SignIn(models.RoleIT)
	p := it.Get("/reconciliation")
	see(t, p, "#standing", "OLD-1")
	if rows := p.Find("#cleared tbody tr[id]").Length(); rows != 50 || !strings.Contains(p.Text(), "1–50 of 300 rows") {
		t.Errorf("%d of the cleared are shown", rows)
	}
	differ(t, w, "MORE-", "missing_event", 120, false)
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
		VALUES ('MORE-120', 'Dear', 'EA', 1, 1, 5, 9, 'EUR', 'A', 'S-1', 1, gen_random_uuid(), 1, now())`)
	if err != nil {
		t.Fatal(err)
	}
	p = it.Get("/reconciliation")
	if first := p.Find("#standing tbody tr[id]").First().Text(); !strings.Contains(first, "MORE-120") || !strings.Contains(first, "600 EUR") || !strings.Contains(p.Text(), "1–50 of 121 rows") {
		t.Errorf("the first is %q", first)
	}
	next, _ := p.Find("#standing").Closest("section").Find("a[rel=next]").Attr("href")
	if rows := it.Get(next).Find("#standing tbody tr[id]").Length(); rows != 50 {
		t.Errorf("the next page %q has %d of the rest", next, rows)
	}
	if rows := it.Get("/reconciliation?page=99999").Find("#standing tbody tr[id]").Length(); rows != 21 {
		t.Errorf("beyond the end there are %d rows, want those of the last page", rows)
	}
	if p := it.Get("/reconciliation?cause=unexplained"); p.Find("#standing tbody tr[id]").Length() != 1 {
		t.Error("the cause does not narrow them")
	}
	see(t, it.Get("/reconciliation?cause=double_post"), "#reconciliation", "None of the cause")
}

func TestARunSaysWhatItLetPass(t *testing.T) {
	w := webtest.Start(t)
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO reconcile_runs (source, comparison, tolerance_units, tolerance_percent, state, asked_by, finished_at, compared, matched, within)
		SELECT 'erp', 'ledger', 2, 0.5, 'finished', 'schedule', now(), 200, 199, 3 FROM generate_series(1, 60)`)
	if err != nil {
		t.Fatal(err)
	}
	it := w.SignIn(models.RoleIT)
	p := it.Get("/reconciliation")
	see(t, p, "#reconciliation", "199 of 200 positions, 3 within ±2 units or 0.5 %")
	next, _ := p.Find("#runs").Closest("section").Find("a[rel=next]").Attr("href")
	if rows := it.Get(next).Find("#runs tbody tr[id]").Length(); rows != 10 {
		t.Errorf("the next page %q has %d runs of the rest", next, rows)
	}
	open, _ := p.Find("#runs a.row-link").First().Attr("href")
	for _, want := range []string{"ledger", "±2 units or 0.5 %", "99.5 %"} {
		see(t, it.Get(open), "#panel", want)
	}
}

// An owner that is down for long does not push what was compared before off the page.
func TestFailedRunsInARowAreOneRow(t *testing.T) {
	w := webtest.Start(t)
	run := func(source, state, reason string, n int) {
		exec(t, w, `INSERT INTO reconcile_runs (source, state, asked_by, started_at, finished_at, error)
			SELECT '`+source+`', '`+state+`', 'schedule', now() - interval '1 hour', now(), '`+reason+`' || n FROM generate_series(1, `+strconv.Itoa(n)+`) n`)
	}
	run("erp", "failed", "gone ", 2)
	run("erp", "finished", "", 1)
	run("erp", "failed", "refused ", 200)
	run("forecasting", "finished", "", 1)
	run("forecasting", "failed", "late ", 1)
	run("erp", "failed", "refused again ", 3)
	it := w.SignIn(models.RoleIT)
	rows := it.Get("/reconciliation").Find("#runs tbody tr[id]")
	var told []string
	rows.Each(func(_ int, row *goquery.Selection) {
		told = append(told, strings.Join(strings.Fields(row.Find("th, td").Slice(1, 3).Text()), ""))
	})
	want := []string{"erpfailed:refusedagain3203failedinarowsince", "forecastingfailed:late1", "forecastingfinished", "erpfinished", "erpfailed:gone22failedinarowsince"}
	if len(told) != len(want) {
		t.Fatalf("shown are %q", told)
	}
	for i := range want {
		if !strings.HasPrefix(told[i], want[i]) {
			t.Errorf("row %d says %q, want %q", i, told[i], want[i])
		}
	}
}

func TestADifferenceSaysInWhichUnitsAndOfWhen(t *testing.T) {
	w := webtest.Start(t)
	differ(t, w, "U-", "unit_of_measure", 1, false)
	if _, err := w.DB.Pool.Exec(t.Context(), `
		UPDATE drifts SET their_on_hand = 12, our_on_hand = 144, their_unit = 'CASE', our_unit = 'EA', their_as_of = now() - interval '3 hours', our_as_of = now() - interval '5 minutes'`); err != nil {
		t.Fatal(err)
	}
	it := w.SignIn(models.RoleIT)
	p := it.Get("/reconciliation")
	for _, want := range []string{"12 CASE 3 h", "144 EA 5 min", "two units"} {
		see(t, p, "#standing", want)
	}
	open, _ := p.Find("#standing a.row-link").First().Attr("href")
	see(t, it.Get(open), "#panel", "12 CASE at the owner, 144 EA here")
}

// declares applies a throughline.yaml before the tower starts.
func declares(t *testing.T, text string) func(*app.Config) {
	t.Helper()
	return func(c *app.Config) {
		path := filepath.Join(t.TempDir(), "throughline.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := store.Open(t.Context(), store.Config{DSN: c.DatabaseURL, MaxConnections: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := app.ApplyConfiguration(t.Context(), db, path, "test", false, nil, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
}

func TestACopyThatNothingReadsIsNotSilentlyLeftOut(t *testing.T) {
	w := webtest.Start(t, declares(t, "systems: {erp: {kind: erp}, forecasting: {kind: forecasting}}\nreconciliation: {planning: {owner: erp, copies: [forecasting]}}\n"))
	differ(t, w, "C-", "unexplained", 1, false)
	exec(t, w, `UPDATE drifts SET source = 'forecasting', is_copy = true`)
	it := w.SignIn(models.RoleIT)
	p := it.Get("/reconciliation")
	see(t, p, "#standing", "stands; cannot be compared now")
	open, _ := p.Find("#standing a.row-link").First().Attr("href")
	see(t, it.Get(open), "#panel", "nothing connected reads what forecasting holds")
	see(t, it.Get("/stock"), "#stock .notice-partial", "Not compared: forecasting")
	see(t, p, "#reconciliation .notice-partial", "Not compared: forecasting (comparison planning)")
	see(t, p, "#reconciliation .notice-partial", "--replenishment-url")
}
