package handlers_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/models/store/storetest"
)

// TestEachTileOfTheDayLeadsToAsManyRowsAsItCounts holds the tiles against the
// queue that they open, with what belongs to another team and what is shelved.
func TestEachTileOfTheDayLeadsToAsManyRowsAsItCounts(t *testing.T) {
	w := newWorld(t)
	for _, x := range []struct{ code, key, team, also, priority string }{
		{"BIZ-01", "a", "planner", "procurement", "P1"}, {"BIZ-01", "b", "planner", "", "P2"},
		{"WFL-02", "c", "procurement", "planner", "P3"}, {"BIZ-03", "d", "procurement", "planner", "P2"},
		{"BIZ-03", "e", "procurement", "", "P1"}, {"BIZ-01", "f", "planner", "", "P2"},
		{"BIZ-08", "g", "planner", "procurement", "P2"}, {"BIZ-08", "h", "planner", "", "P4"},
	} {
		w.exception(x.code, x.key, "", "85123A", "LEE", "", 1)
		w.exec(`UPDATE exceptions SET team = $2, also_team = $3, priority = $4 WHERE dedupe_key = $1`, x.code+"|"+x.key, x.team, x.also, x.priority)
	}
	w.exec(`UPDATE exceptions SET shelved_until = now() + interval '1 h' WHERE dedupe_key = 'BIZ-01|f'`)
	planner := w.SignIn(models.RolePlanner)
	var seen map[string]int
	var wrong []string
	defer func() {
		for _, w := range wrong {
			t.Error(w)
		}
	}()
	storetest.Eventually(t, "each tile to say as many as it opens, with no sweep in between", func() bool {
		seen, wrong = map[string]int{}, nil
		planner.Get("/my-day").Find(".figure").Each(func(_ int, tile *goquery.Selection) {
			label, href := tile.Find(".figure-label").Text(), tile.Find("a").AttrOr("href", "")
			if !strings.HasPrefix(href, "/exceptions/planning") {
				return
			}
			rows := planner.Get(href).Find("#queue tbody tr")
			seen[label] = rows.Length()
			if value := tile.Find(".figure-value").Text(); !strings.HasPrefix(value, strconv.Itoa(rows.Length())) {
				wrong = append(wrong, fmt.Sprintf("%s says %q and opens %d rows at %s", label, value, rows.Length(), href))
			}
			if label != "Stale basis" && strings.Contains(rows.Text()+planner.Get("/my-day").Find("[id^=work-]").Text(), "Title of d") {
				t.Errorf("%s counts or lists what procurement owns: %s", label, rows.Text())
			}
			if strings.Contains(rows.Text(), "Title of e") || strings.Contains(rows.Text(), "Title of f") {
				t.Errorf("%s opens what is not the planner's or is shelved: %s", label, rows.Text())
			}
		})
		return len(wrong) == 0
	})
	if seen["Critical and high"] < 3 || seen["Stockouts ahead"] < 2 || seen["Stale basis"] != 1 || seen["New"] < 4 {
		t.Errorf("the day leads to %v", seen)
	}
}

func TestTheDayCountsTheRevisionsThatTheBoardShows(t *testing.T) {
	w := newWorld(t) // with a revision that nothing was computed from
	planner := w.SignIn(models.RolePlanner)
	tile := planner.Get("/my-day").Find(".figure:has(a[href='/influence'])")
	if value := strings.TrimSpace(tile.Find(".figure-value").Text()); !strings.HasPrefix(value, "1") {
		t.Errorf("the day says that %q revisions wait, the board has 1", value)
	}
	if tabs := squeezed(planner.Get("/influence"), "nav.tabs, .tabs"); !strings.Contains(tabs, "Not yet influencing 1") {
		t.Errorf("the board has %q", tabs)
	}
}

func TestAnItemIsAtRiskOnce(t *testing.T) {
	w := newWorld(t)
	w.exception("BIZ-01", "a", "", "85123A", "LEE", "", 1)
	w.exception("WFL-02", "b", "", "85123A", "LEE", "", 1)
	w.exception("BIZ-03", "c", "", "22423", "LEE", "", 1)
	w.exec(`UPDATE exceptions SET value_at_risk = CASE code WHEN 'BIZ-01' THEN 700 WHEN 'WFL-02' THEN 500 ELSE 40 END`)
	p := w.SignIn(models.RolePlanner).Get("/overview")
	if row := squeezed(p, "#dc-LEE"); !strings.Contains(row, "740") {
		t.Errorf("700 and 500 of one item and 40 of another are told as %s", row)
	}
}

func TestTheDayTellsOfCutOffsThatHavePassed(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 90)
	planner := w.SignIn(models.RolePlanner)
	for _, step := range []struct{ change, want string }{
		{`SELECT 1`, "LEE, business time"},
		{`UPDATE recommendations SET order_by = '2000-01-01'`, "1 recommendation past it"},
	} {
		w.exec(step.change)
		if text := squeezed(planner.Get("/my-day"), ".figure"); !strings.Contains(text, step.want) {
			t.Errorf("the next cut-off is told as %s, want %q", text, step.want)
		}
	}
}

// TestWhatHasPassedComesFirst has nothing to come at the DC where a cut-off has passed.
func TestWhatHasPassedComesFirst(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 90)
	w.exec(`UPDATE recommendations SET dc = 'YRK', order_by = now() + interval '1 hour'`)
	w.recommend("R-2", 90)
	w.exec(`UPDATE recommendations SET order_by = now() - interval '3 hours 30 minutes' WHERE recommendation = 'R-2'`)
	planner := w.SignIn(models.RolePlanner)
	p := planner.Get("/my-day")
	if first := p.Find(`[id^="cut-off-"]`).First().AttrOr("id", ""); first != "cut-off-LEE" {
		t.Errorf("%s is the first in the list", first)
	}
	if row := squeezed(p, "#cut-off-LEE"); !strings.Contains(row, "3 h 30 min late") {
		t.Errorf("the list says %q", row)
	}
	tile := p.Find(".figure").First()
	if text := strings.Join(strings.Fields(tile.Text()), " "); !strings.HasPrefix(text, "Cut-off passed") || !strings.Contains(text, "3 h 30 min") || !strings.Contains(text, "LEE") {
		t.Errorf("the tile says %q", text)
	}
	for _, way := range []*goquery.Selection{tile.Find("a"), p.Find("#cut-off-LEE .severity")} {
		rows := planner.Get(way.AttrOr("href", "")).Find("#approvals-table tbody tr")
		if rows.Length() != 1 || rows.AttrOr("id", "") != "approval-R-2" {
			t.Errorf("one is past its cut-off, and %d are listed: %s", rows.Length(), rows.Text())
		}
	}
	w.exec(`UPDATE recommendations SET order_by = now() + interval '6 hours' WHERE recommendation = 'R-2'`)
	tile = planner.Get("/my-day").Find(".figure").First()
	if text := strings.Join(strings.Fields(tile.Text()), " "); !strings.HasPrefix(text, "Next cut-off") || !strings.Contains(text, "YRK") || tile.Find(".severity").Length() != 0 {
		t.Errorf("with nothing past it the tile says %q", text)
	}
}

// The day offers what the queue offers, so that nobody has to go there for it.
func TestTheDayOffersTheNextMoveOfEachRow(t *testing.T) {
	w := newWorld(t)
	for code, key := range map[string]string{"BIZ-01": "a", "WFL-02": "b", "WFL-01": "c"} {
		w.exception(code, key, "", "85123A", "LEE", "", 1)
	}
	w.exec(`UPDATE exceptions SET team = 'planner', recommendation = CASE code WHEN 'WFL-02' THEN 'R-1' ELSE '' END`)
	planner := w.SignIn(models.RolePlanner)
	storetest.Eventually(t, "each row to offer what the queue does, with no sweep in between", func() bool {
		day, queue := planner.Get("/my-day").Find("[id^=work-]"), planner.Get("/exceptions/planning")
		alike := day.FilterFunction(func(_ int, row *goquery.Selection) bool {
			offered := row.Find(".actions-cell a, .actions-cell button").First()
			want := queue.Find("#exception-" + strings.TrimPrefix(row.AttrOr("id", ""), "work-")).Find(".actions-cell a, .actions-cell button").First()
			return offered.Text() == want.Text() && offered.AttrOr("href", "") == want.AttrOr("href", "")
		})
		return alike.Length() == day.Length() && day.Find(".actions-cell a, .actions-cell button").Length() >= 2
	})
}
