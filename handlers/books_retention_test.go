package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/models/store"
	"throughline/web/webtest"
)

// pruned takes the movements from before an instant that nothing open needs.
func pruned(t *testing.T, w *world, before time.Time) {
	t.Helper()
	if _, err := store.NewRetention(w.DB, nil).Prune(t.Context(), models.KeptMovements, before, 100); err != nil {
		t.Fatal(err)
	}
}

// oldMovements are of before and after the basis of R-1, which is version 40.
func oldMovements(w *world, ago func(int) time.Time) {
	w.exec(`UPDATE positions SET balance_version = 50, version = 50`)
	for i, hours := range []int{30, 29, 28} {
		w.exec(`INSERT INTO stock_movements (item, dc, kind, document, on_hand_delta, allocated_delta, on_hand, allocated, version, seq, occurred_at, recorded_at)
			VALUES ('85123A', 'LEE', 'issue', 'OLD', -1, 0, 10, 2, $1, $1, $2, $2)`, 38+i, ago(hours))
	}
	w.exec(`UPDATE recommendations SET stock_as_of = $1`, ago(28))
	w.exec(`UPDATE forecast_revisions SET published_at = $1`, ago(31))
}

// stockOf are the rows of a chain that stand on movements of stock, without its
// ages, which grow while the test runs.
func stockOf(chain *webtest.Page) string {
	rows := chain.Find("#chain table").FilterFunction(func(_ int, table *goquery.Selection) bool {
		return strings.HasPrefix(table.Find("caption").Text(), "Stock ")
	}).Find("tr").FilterFunction(func(_ int, row *goquery.Selection) bool {
		return !strings.HasPrefix(row.Find("th, td").First().Text(), "Age")
	})
	return rows.Text()
}

func TestAnOpenChainKeepsItsMovements(t *testing.T) {
	w, ago := history(t)
	oldMovements(w, ago)
	reader := w.SignIn(models.RolePlanner)
	before := stockOf(reader.Get("/chain?q=R-1"))
	if !strings.Contains(before, "SO-9") || !strings.Contains(before, "On hand") {
		t.Fatalf("the chain has no stock: %s", before)
	}
	pruned(t, w, w.now)
	var left int
	if err := w.DB.Pool.QueryRow(t.Context(), `SELECT count(*) FROM stock_movements WHERE version < 40`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d movements from before the basis are left (%v)", left, err)
	}
	if after := stockOf(reader.Get("/chain?q=R-1")); after != before {
		t.Errorf("the chain reads\n%s\ninstead of\n%s", after, before)
	}
	p := chainAt(reader, ago(7))
	if text := p.Find("main").Text(); !strings.Contains(text, "is not kept. It is kept since "+w.now.Format("2 Jan 2006 15:04:05")) {
		t.Errorf("a moment from before the horizon is shown as %s", text)
	}
}

func TestAnEndedChainSaysThatItsMovementsWent(t *testing.T) {
	w, ago := history(t)
	oldMovements(w, ago)
	w.exec(`UPDATE orders SET state = 'received'`)
	w.exec(`UPDATE proposals SET state = 'ordered', ordered_at = decided_at`)
	reader := w.SignIn(models.RolePlanner)
	if text := reader.Get("/chain?q=R-1").Find("main").Text(); strings.Contains(text, "no longer kept") || !strings.Contains(text, "SO-9") {
		t.Fatalf("before retention the chain says %s", text)
	}
	pruned(t, w, w.now)
	text := reader.Get("/chain?q=R-1").Find("main").Text()
	for _, want := range []string{"are no longer kept", "UNKNOWN", "the earlier verdicts stand", "PO-1", "C-1"} {
		if !strings.Contains(text, want) {
			t.Errorf("the chain lacks %q: %s", want, text)
		}
	}
}

func TestBooksTellWhatIsKept(t *testing.T) {
	w, ago := history(t)
	oldMovements(w, ago)
	reader := w.SignIn(models.RoleIT)
	row := func(kind string) string { return reader.Get("/books").Find("#kept-" + kind).Text() }
	if unit := reader.Get("/books").Find("#kept-movements td.fold-trail").AttrOr("data-unit", ""); unit != "days" {
		t.Errorf("where rows fold, the unit of a figure is %q", unit)
	}
	if text := row("movements"); !strings.Contains(text, "730") || !strings.Contains(text, "the beginning") {
		t.Errorf("before retention the books say %s", text)
	}
	pruned(t, w, w.now)
	if text := row("movements"); !strings.Contains(text, w.now.Format(time.DateOnly)) || strings.Contains(text, "the beginning") {
		t.Errorf("the books say %s", text)
	}
	if text := row("deliveries"); !strings.Contains(text, "90") {
		t.Errorf("of deliveries the books say %s", text)
	}
}

// TestBooksSayWhyNothingIsTaken receives an event that is nowhere: the books say
// that nothing is taken, and lead to the exception, once the watch has seen it.
func TestBooksSayWhyNothingIsTaken(t *testing.T) {
	w := newWorld(t)
	reader := w.SignIn(models.RoleIT)
	const frozen = "Retention is stopped: the books of erp do not balance"
	if text := reader.Get("/books").Find("main").Text(); strings.Contains(text, frozen) {
		t.Fatal("retention is said to be frozen while the books balance")
	}
	w.exec(`INSERT INTO books_received (source, lane, received) VALUES ('erp', 'realtime', 1)
		ON CONFLICT (source, lane) DO UPDATE SET received = books_received.received + 1`)
	page := reader.Get("/books")
	for end := time.Now().Add(time.Minute); !strings.Contains(page.Find("main").Text(), frozen) && time.Now().Before(end); page = reader.Get("/books") {
		<-time.After(200 * time.Millisecond)
	}
	if way := page.Find(`.notice a[href^="/exceptions/"]`); way.Length() != 1 {
		t.Errorf("the books lead to %d exceptions: %s", way.Length(), page.Find("main").Text())
	}
}
