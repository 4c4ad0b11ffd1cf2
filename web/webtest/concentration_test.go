package webtest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/web/webtest"
)

func TestConcentrationCountsEachItemOnceAtItsLargest(t *testing.T) {
	w := webtest.Start(t)
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO suppliers (supplier, name, lead_time_days, cut_off, currency, version, content_hash, seq, updated_at)
			VALUES ('S-1', 'Hearts Ltd', 5, '15:00', 'EUR', 1, gen_random_uuid(), 1, now());
		INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
			VALUES ('A', 'Heart', 'EA', 1, 1, 5, 9, 'EUR', 'A', 'S-1', 1, gen_random_uuid(), 1, now());
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, item, dc, supplier, value_at_risk, currency,
			opened_at, last_seen_at, ack_due_at, resolve_due_at)
		SELECT 'BIZ-01', 'planner', 'business', 'k' || n, 't', 'h', 'new', 'P2', 'C2', 'w', item, dc, supplier, value, 'EUR', now(), now(), now(), now()
		FROM (VALUES (1, 'A', 'LON', 'S-1', 400), (2, 'A', 'LON', 'S-1', 900), (3, 'B', 'YRK', 'S-1', 50), (4, 'C', 'YRK', '', 50)) AS x (n, item, dc, supplier, value);
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, item, dc, value_at_risk, currency,
			opened_at, last_seen_at, ack_due_at, resolve_due_at, shelved_until)
			VALUES ('BIZ-01', 'planner', 'business', 'k9', 't', 'h', 'new', 'P2', 'C2', 'w', 'D', 'LON', 7000, 'EUR', now(), now(), now(), now(), now() + interval '1 hour');
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, item, dc, value_at_risk, currency,
			opened_at, last_seen_at, ack_due_at, resolve_due_at)
			VALUES ('BIZ-01', 'planner', 'business', 'k10', 't', 'h', 'new', 'P2', 'C2', 'w', 'E', 'LON', 3000, 'USD', now(), now(), now(), now())`)
	if err != nil {
		t.Fatal(err)
	}
	p := w.SignIn(models.RolePlanner).Get("/concentration")
	see(t, p, ".figures", "without 1 item in another currency")
	see(t, p, "#dcs-LON", "900")
	see(t, p, "#dcs-LON", "90 %")
	see(t, p, "#suppliers-S-1", "95 %")
	see(t, p, "#suppliers-", "not known")
	if first, _ := p.Find("#dcs tbody tr").First().Attr("id"); first != "dcs-LON" {
		t.Errorf("the first is %s", first)
	}
	if href := p.Find("#suppliers-S-1 a.row-link").AttrOr("href", ""); href != "/concentration?supplier=S-1#behind" {
		t.Errorf("a supplier leads to %q", href)
	}
	if p := w.SignIn(models.RoleIT).Get("/concentration"); p.Status != http.StatusForbidden {
		t.Errorf("IT gets %d", p.Status)
	}
}

func TestACellOfConcentrationLeadsToTheItemsBehindIt(t *testing.T) {
	w := webtest.Start(t)
	exec(t, w, `
		INSERT INTO suppliers (supplier, name, lead_time_days, cut_off, currency, version, content_hash, seq, updated_at)
			VALUES ('S-1', 'Hearts Ltd', 5, '15:00', 'EUR', 1, gen_random_uuid(), 1, now());
		INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, category, version, content_hash, seq, updated_at)
			SELECT item, 'Article ' || item, 'EA', 1, 1, 5, 9, 'EUR', class, supplier, category, 1, gen_random_uuid(), 1, now()
			FROM (VALUES ('A', 'A', 'S-1', 'Home textiles'), ('B', 'B', 'S-2', 'Home textiles'), ('C', 'A', 'S-1', '')) AS x (item, class, supplier, category);
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, item, dc, value_at_risk, currency,
			opened_at, last_seen_at, ack_due_at, resolve_due_at)
		SELECT 'API-99', 'planner', 'business', 'k' || n, 'Short of ' || item, 'h', 'new', 'P2', 'C2', 'w', item, dc, value, 'EUR', now() - opened::interval, now(), now(), now()
		FROM (VALUES (1, 'A', 'LON', 400, '1 minute'), (2, 'A', 'LON', 100, '30 hours'), (3, 'B', 'LON', 50, '1 minute'), (4, 'A', 'YRK', 70, '1 minute'), (5, 'C', 'YRK', 20, '1 minute'))
			AS x (n, item, dc, value, opened)`)
	// No detector looks after this code, so none takes them for cleared.
	planner := w.SignIn(models.RolePlanner)

	p := planner.Get("/concentration?heat=category-dc")
	see(t, p, "#categories-Home-textiles", "520")
	see(t, p, "#categories-", "not known")
	cell := p.Find(".heat a.row-link").FilterFunction(func(_ int, a *goquery.Selection) bool { return strings.TrimSpace(a.Text()) == "450" })
	href := cell.AttrOr("href", "")
	if href != "/concentration?category=Home+textiles&dc=LON&heat=category-dc#behind" {
		t.Fatalf("the cell leads to %q", href)
	}

	p = planner.Get(href)
	if ids := p.Find("#behind tbody tr").Map(func(_ int, row *goquery.Selection) string { return strings.Fields(row.Text())[0] }); !slices.Equal(ids, []string{"A", "A", "B"}) {
		t.Errorf("behind the cell are %v", ids)
	}
	see(t, p, ".figures", "3 open exceptions")
	if days := p.Find("#opened tbody tr"); days.Length() != 28 || !strings.Contains(days.Last().Text(), "3 exceptions") {
		t.Errorf("the course has %d days and ends with %q", days.Length(), days.Last().Text())
	}
	if last := p.Find("#risk tbody tr").Last().Text(); !strings.Contains(last, "450 EUR") {
		t.Errorf("at the end stands %q", last)
	}
	if first := p.Find("#behind a.row-link").First().AttrOr("href", ""); !strings.HasPrefix(first, "/exceptions/") {
		t.Errorf("an exception leads to %q", first)
	}

	p = planner.Get("/concentration?category=%7C")
	see(t, p, "#behind", "Short of C")
	if n := p.Find("#behind tbody tr").Length(); n != 1 {
		t.Errorf("%d exceptions have no category", n)
	}
	p = planner.Get("/concentration?supplier=S-9&heat=nothing&page=7")
	see(t, p, "#concentration", "No exception of stock is open here")
	if text := p.Find("#concentration").Text(); strings.Contains(text, "What puts an item at a DC at risk gathers here") {
		t.Error("a cut that holds nothing says that nothing is open at all")
	}
}

func TestAnEmptyConcentrationAsksForNoOtherCut(t *testing.T) {
	w := webtest.Start(t)
	p := w.SignIn(models.RolePlanner).Get("/concentration")
	see(t, p, "#concentration", "No exception of stock is open")
	if text := p.Find("#concentration").Text(); strings.Contains(text, "clear the filter") {
		t.Errorf("it says %q", text)
	}
}

// TestAShareBelowTheWholeIsNotAllOfIt has two categories, one of which its owner calls
// "-", and a third item without any.
func TestAShareBelowTheWholeIsNotAllOfIt(t *testing.T) {
	w := webtest.Start(t)
	exec(t, w, `
		INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, category, version, content_hash, seq, updated_at)
			SELECT item, 'Article ' || item, 'EA', 1, 1, 5, 9, 'EUR', 'A', 'S-1', category, 1, gen_random_uuid(), 1, now()
			FROM (VALUES ('A', 'Candles'), ('B', '-'), ('C', '')) AS x (item, category);
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, item, dc, value_at_risk, currency,
			opened_at, last_seen_at, ack_due_at, resolve_due_at)
		SELECT 'API-99', 'planner', 'business', 'k' || item, 'Short of ' || item, 'h', 'new', 'P2', 'C2', 'w', item, 'LON', value, 'EUR', now(), now(), now(), now()
		FROM (VALUES ('A', 99970), ('B', 20), ('C', 10)) AS x (item, value)`)
	planner := w.SignIn(models.RolePlanner)
	p := planner.Get("/concentration")
	see(t, p, "#categories-Candles", "99.9 %")
	if text := p.Find("#categories-Candles").Text(); strings.Contains(text, "100 %") {
		t.Errorf("not all of it is at risk in candles: %q", text)
	}
	for _, row := range []string{"#categories--", "#categories-"} {
		href := p.Find(row+" a.row-link").AttrOr("href", "")
		behind := planner.Get(href).Find("#behind tbody tr")
		if want := map[string]string{"#categories--": "Short of B", "#categories-": "Short of C"}[row]; behind.Length() != 1 || !strings.Contains(behind.Text(), want) {
			t.Errorf("%s leads to %q with %q", row, href, behind.Text())
		}
	}
}

// TestTheCourseOfConcentrationGoesByDayWeekOrMonth has an exception of now and one
// that was opened and resolved before the last 28 days.
func TestTheCourseOfConcentrationGoesByDayWeekOrMonth(t *testing.T) {
	w := webtest.Start(t)
	exec(t, w, `
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, standing, priority, consequence, why, item, dc, value_at_risk, currency,
			opened_at, last_seen_at, ack_due_at, resolve_due_at, resolved_at)
		VALUES ('API-99', 'planner', 'business', 'k1', 'Short of A', 'h', 'new', true, 'P2', 'C2', 'w', 'A', 'LON', 400, 'EUR', now(), now(), now(), now(), NULL),
			('API-99', 'planner', 'business', 'k2', 'Short of B', 'h', 'resolved', false, 'P2', 'C2', 'w', 'B', 'LON', 50, 'EUR',
				now() - interval '40 days', now(), now(), now(), now() - interval '39 days')`)
	planner := w.SignIn(models.RolePlanner)
	for _, c := range []struct {
		by             string
		points, opened int
	}{{"", 28, 1}, {"week", 13, 2}, {"month", 12, 2}} {
		p := planner.Get("/concentration?dc=LON&by=" + c.by)
		opened := 0
		points := p.Find("#opened tbody tr").Each(func(_ int, row *goquery.Selection) {
			if strings.HasPrefix(strings.TrimSpace(row.Find("td").First().Text()), "1 ") {
				opened++
			}
		})
		if points.Length() != c.points || opened != c.opened {
			t.Errorf("by %q: %d points, %d of them with an exception that was opened", c.by, points.Length(), opened)
		}
		if chosen := p.Find("#filter-by option[selected]").AttrOr("value", "none"); chosen != c.by {
			t.Errorf("by %q: the filter shows %q", c.by, chosen)
		}
		if href := p.Find("#dcs-LON a.row-link").AttrOr("href", ""); c.by != "" && !strings.Contains(href, "by="+c.by) {
			t.Errorf("by %q: a DC leads to %q", c.by, href)
		}
	}
}
