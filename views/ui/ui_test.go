package ui_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"throughline/views/ui"
)

func noon() time.Time { return time.Date(2027, 2, 3, 12, 0, 0, 0, time.UTC) }

func drawWith(t *testing.T, env ui.Env, c templ.Component) *goquery.Selection {
	t.Helper()
	var out strings.Builder
	if err := c.Render(ui.WithEnv(context.Background(), env), &out); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Find("body")
}

func draw(t *testing.T, c templ.Component) *goquery.Selection {
	t.Helper()
	return drawWith(t, ui.Env{Now: noon()}, c)
}

// words is the text of a selection with its white space folded.
func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func want(t *testing.T, what, got, expected string) {
	t.Helper()
	if got != expected {
		t.Errorf("%s is %q, not %q", what, got, expected)
	}
}

func TestNumberPastItsWindowIsStruckThroughAndSaysSo(t *testing.T) {
	number := ui.Number{Value: "52", Unit: "EA", Age: ui.Age{At: noon().Add(-time.Minute), Window: 2 * time.Minute}}
	fresh := draw(t, ui.InlineNumber(number))
	if fresh.Find(".stale").Length() != 0 {
		t.Error("a number within its window is struck through")
	}
	if _, hidden := fresh.Find(".stale-word").Attr("hidden"); !hidden {
		t.Error("the word stale shows beside a current number")
	}

	number.Age.At = noon().Add(-3 * time.Minute)
	old := draw(t, ui.InlineNumber(number))
	want(t, "the struck-through number", words(old.Find(".stale")), "52 EA")
	if _, hidden := old.Find(".stale-word").Attr("hidden"); hidden {
		t.Error("the word stale is hidden beside an old number")
	}
}

func TestMissedTargetHasShapeAndWordBesideColour(t *testing.T) {
	figure := draw(t, ui.Figure(ui.Number{Label: "On time", Value: "91", Unit: "%", Target: "98 %", Missed: ui.P2}))
	if figure.Find(".figure-value svg").Length() == 0 || !strings.Contains(words(figure.Find(".figure-value")), "high") {
		t.Error("a missed target is told by colour alone")
	}
	met := draw(t, ui.Figure(ui.Number{Label: "On time", Value: "99", Unit: "%", Target: "98 %"}))
	if met.Find("[class*=severity]").Length() != 0 {
		t.Error("a target that is met is coloured")
	}
}

func TestUnmeasuredNumberIsADashAndNotZero(t *testing.T) {
	want(t, "the value", words(draw(t, ui.InlineNumber(ui.Number{Unit: "EUR"})).Find("[data-glow]")), "–")
}

func TestEachSeverityAndVerdictIsToldApartWithoutColour(t *testing.T) {
	shapes := map[string]bool{}
	for _, s := range []ui.Severity{ui.P1, ui.P2, ui.P3, ui.P4} {
		badge := draw(t, ui.SeverityBadge(s))
		shape, err := badge.Find("svg").Html()
		if err != nil {
			t.Fatal(err)
		}
		shapes[shape] = true
		want(t, "the badge", words(badge), s.Code()+" "+s.Word())
	}
	if len(shapes) != 4 {
		t.Errorf("four severities have %d shapes", len(shapes))
	}
	if words(draw(t, ui.SeverityBadge(0))) != "" {
		t.Error("no severity draws a badge")
	}
	for _, v := range []ui.Verdict{ui.Current, ui.Aged, ui.Superseded, ui.Unknown} {
		if badge := draw(t, ui.VerdictBadge(v)).Find(".verdict"); words(badge) != strings.ToUpper(string(v)) {
			t.Errorf("verdict %s reads %q", v, words(badge))
		}
	}
}

func TestAgesAndDeadlinesCarryTheMomentTheyCountFrom(t *testing.T) {
	age := draw(t, ui.Since(noon().Add(-90*time.Second))).Find("time")
	want(t, "the age", words(age), "1 min")
	want(t, "its title", age.AttrOr("title", ""), "Wed 3 Feb 2027 11:58:30 UTC")
	want(t, "its moment", age.AttrOr("datetime", ""), "2027-02-03T11:58:30Z")

	late := draw(t, ui.Deadline(noon().Add(-26*time.Hour), ui.P1)).Find("time")
	want(t, "the deadline", words(late), "1 d 2 h late")

	shared := drawWith(t, ui.Env{}, ui.Since(noon())).Find("time")
	want(t, "an age drawn without a clock", words(shared), "3 Feb 12:00:00")
}

func TestTableFoldsAndSortsByItsColumns(t *testing.T) {
	table := draw(t, ui.DataTable(ui.Table{
		Caption: "Orders",
		Columns: []ui.Column{{Title: "Order", Fold: ui.FoldLead}, {Title: "Late", Unit: "d", Number: true, SortHref: "?sort=late", Sorted: ui.Descending}, {Title: "Note"}},
		Rows:    []ui.Row{{ID: "o1", Href: "/orders/1", Panel: true, Cells: []templ.Component{ui.Text("PO 1"), ui.Text("6"), nil}}},
		Pager:   &ui.Pager{Shown: "1 of 1", NextHref: "?after=1"},
	}))
	want(t, "the order of the sorted column", table.Find("th[aria-sort]").AttrOr("aria-sort", ""), "descending")
	want(t, "the sort address", table.Find("th a[data-sorted]").AttrOr("href", ""), "?sort=late")
	want(t, "the figure's label when folded", table.Find("td.num").AttrOr("data-label", ""), "Late")
	link := table.Find("tr#o1 th[scope=row] a")
	want(t, "the row's address", link.AttrOr("href", ""), "/orders/1")
	want(t, "where the row opens", link.AttrOr("hx-target", ""), "#panel")
	if table.Find("a[rel=prev]").Length() != 0 || table.Find("a[rel=next]").Length() != 1 {
		t.Error("the pager offers a page that is not there, or none where there is one")
	}
}

func TestEmptyTableSaysWhatWillAppear(t *testing.T) {
	empty := draw(t, ui.DataTable(ui.Table{Empty: ui.Notice{Title: "No orders", Detail: "They appear when approved."}}))
	if empty.Find("table").Length() != 0 || !strings.Contains(words(empty), "They appear when approved.") {
		t.Error("an empty table draws headings over nothing")
	}
}

func TestActionsPostAndAskBefore(t *testing.T) {
	action := ui.Action{Label: "Discard", URL: "/discard", Tone: ui.Danger, Fields: []ui.Field{{Name: "id", Value: "7"}}}
	plain := draw(t, ui.ActionButton(action)).Find("form[method=post]")
	want(t, "the field", plain.Find("input[name=id]").AttrOr("value", ""), "7")

	action.Confirm = &ui.Confirm{ID: "sure", Title: "Discard 41 events?", Reason: "Why", Label: "Discard 41"}
	asking := draw(t, ui.ActionButton(action))
	if asking.Find("form").Not("dialog form").Length() != 0 {
		t.Error("an action that asks can be sent without the question")
	}
	want(t, "what the button opens", asking.Find("button[data-opens]").AttrOr("data-opens", ""), asking.Find("dialog").AttrOr("id", "-"))
	if _, required := asking.Find("textarea[name=reason]").Attr("required"); !required {
		t.Error("the reason may be left out")
	}

	action.Disabled = "Already discarded"
	if draw(t, ui.ActionButton(action)).Find("form").Length() != 0 {
		t.Error("a disabled action has a form")
	}
}

func TestOnlyTheOutermostRegionIsMorphed(t *testing.T) {
	patch := drawWith(t, ui.Env{Patch: true}, nested())
	want(t, "the swapped region", patch.Find("[hx-swap-oob]").AttrOr("id", ""), "outer")
	if patch.Find("[hx-swap-oob]").Length() != 1 {
		t.Error("a nested region is swapped by itself as well")
	}
	if draw(t, nested()).Find("[hx-swap-oob]").Length() != 0 {
		t.Error("a region in a page is swapped")
	}
}

func TestBooksSayWhenTheyDoNotBalance(t *testing.T) {
	books := ui.Books{Received: 1200, Applied: 1190, Superseded: 4, Parked: 2, Discarded: 1, Pending: 3}
	if text := words(draw(t, ui.BooksLine(books))); !strings.Contains(text, "= 1,190 applied") || !strings.Contains(text, "balanced") {
		t.Errorf("balanced books read %q", text)
	}
	books.Applied--
	wrong := draw(t, ui.BooksLine(books))
	if text := words(wrong.Find(".severity-p1")); !strings.Contains(text, "off by 1") {
		t.Errorf("unbalanced books read %q", text)
	}
}

func TestWaterfallPlacesBarsOnOneAxisAndOpensTheFailure(t *testing.T) {
	fall := draw(t, ui.WaterfallChart(ui.Waterfall{Stages: []ui.Stage{
		{Name: "Queue", Took: 30 * time.Millisecond},
		{Name: "Apply", Start: 30 * time.Millisecond, Took: 10 * time.Millisecond, State: ui.StageFailed, Open: &ui.StageDetail{Error: "Item unknown", Next: "Add it"}},
		{Name: "Deliver", State: ui.StageSkipped},
	}}))
	bar := fall.Find(".fall-failed rect").First()
	want(t, "where the failed bar starts", bar.AttrOr("x", ""), "75.00%")
	want(t, "how long it is", bar.AttrOr("width", ""), "25.00%")
	if text := words(fall.Find(".fall-error")); !strings.Contains(text, "Item unknown") || !strings.Contains(text, "Add it") {
		t.Errorf("the failure reads %q", text)
	}
	if fall.Find(".fall-skipped rect").Length() != 0 {
		t.Error("a stage that was not reached has a bar")
	}
}

func TestHeatmapKeepsEveryFigure(t *testing.T) {
	heat := draw(t, ui.HeatTable(ui.Heatmap{Caption: "Latency", Columns: []string{"12"}, Rows: []ui.HeatRow{{Label: "DC-LON", Cells: []ui.HeatCell{{Value: "22.0", Title: "DC-LON 12:00: 22 s", Level: ui.LevelOf(4.4)}}}}}))
	cell := heat.Find("td")
	want(t, "the figure", words(cell), "22.0")
	want(t, "its level", cell.AttrOr("class", ""), "heat-6")
	want(t, "its title", cell.AttrOr("title", ""), "DC-LON 12:00: 22 s")
}

func TestTimeSeriesHasItsFiguresInATable(t *testing.T) {
	v := 1234.5
	chart := draw(t, ui.TimeSeriesChart(ui.TimeSeries{ID: "x", Title: "Rate", Unit: "/s", Times: []time.Time{noon(), noon().Add(time.Minute)}, Series: []ui.Series{{Name: "Applied", Values: []*float64{&v, nil}}}}))
	want(t, "the figures", words(chart.Find("td").First()), "1234 /s")
	want(t, "a gap", words(chart.Find("td").Last()), "–")
	if data := chart.Find("[data-chart]").AttrOr("data-chart", ""); !strings.Contains(data, `"y":[1234.5,null]`) {
		t.Errorf("the chart's data is %s", data)
	}
}
