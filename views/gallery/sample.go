package gallery

import (
	"time"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/ui"
)

// Shell is a sample shell for a role.
func Shell(role models.Role, _ time.Time) layout.Shell {
	return layout.Shell{
		User: layout.User{Name: "Karin Visser", Role: "Planner"},
		Nav: layout.Navigation(role, map[string]layout.NavBadge{
			layout.NavMyDay:       {Count: "14"},
			layout.NavInfluence:   {Count: "23"},
			layout.NavApprovals:   {Count: "6"},
			layout.NavProcurement: {Count: "3", Severity: ui.P1},
			layout.NavPlanning:    {Count: "11"},
			layout.NavIT:          {Count: "2", Severity: ui.P2},
		}),
		Clock:   layout.Clock{Business: time.Date(2027, 2, 3, 14, 20, 0, 0, time.UTC), Rate: "1 day = 2 min"},
		Version: "Throughline, component gallery",
	}
}

func figures(now time.Time) []ui.Number {
	target := 5.0
	return []ui.Number{
		{Label: "Sync latency p95", Value: "3.82", Unit: "s", Target: "5 s", Previous: "4.1 s", Href: "#rows", Age: ui.Age{At: now.Add(-4 * time.Second), Window: time.Minute}, Trend: &ui.Sparkline{Values: wave(20, 3.2, 1.1), Target: &target, Label: "Latency over the last 20 minutes, between 2 and 4 seconds"}},
		{Label: "On time", Value: "91.2", Unit: "%", Target: "98 %", Previous: "97.8 %", Missed: ui.P2, Href: "#rows", Age: ui.Age{At: now.Add(-4 * time.Second), Window: time.Minute}, Trend: &ui.Sparkline{Values: []float64{98, 98, 97, 98, 97, 96, 95, 93, 92, 91.2}, Label: "On-time share, falling"}},
		{Label: "Stockout exposure", Value: "48.2 k", Unit: "EUR", Previous: "39.9 k", Age: ui.Age{At: now.Add(-26 * time.Second), Window: time.Minute}, Trend: &ui.Sparkline{Values: wave(14, 40, 6), Label: "Exposure over 14 days"}},
		{Label: "Waiting for approval", Value: "6", Note: "oldest 2 h 10 min", Age: ui.Age{At: now.Add(-2 * time.Second)}},
		{Label: "Freshness of balances", Value: "6.1", Unit: "s", Target: "30 s", Age: ui.Age{At: now.Add(-3 * time.Minute), Window: time.Minute}},
		{Label: "Touchless orders", Note: "no order sent yet today"},
	}
}

func layers() []ui.Layer {
	return []ui.Layer{
		{Name: "Systems of record", Health: ui.HealthGood, Note: "ERP, newest 4 s"},
		{Name: "Planning", Health: ui.HealthLate, State: "forecasts late", Note: "last revision 41 min, due 30 min", Href: "#"},
		{Name: "Integration", Health: ui.HealthGood, Note: "412 events/s, p95 3.8 s"},
		{Name: "Orchestration", Health: ui.HealthFailing, State: "ERP writes failing", Note: "9 in 4 min, next try in 12 s", Href: "#"},
		{Name: "Observability", Health: ui.HealthUnknown, Note: "no audit run yet"},
	}
}

func queue(now time.Time, open string) ui.Table {
	return ui.Table{
		ID: "queue", Caption: "Open exceptions of procurement", Selectable: true,
		Columns: []ui.Column{
			{Title: "Priority", Fold: ui.FoldLead, Sortable: true, SortHref: "?sort=priority", Sorted: ui.Ascending},
			{Title: "What happened", Fold: ui.FoldGrow},
			{Title: "Item", Fold: ui.FoldSub},
			{Title: "DC"},
			{Title: "Supplier", Fold: ui.FoldHide},
			{Title: "At risk", Unit: "EUR", Number: true, Fold: ui.FoldTrail, Sortable: true, SortHref: "?sort=-value", Help: "Margin of the demand that would not be served"},
			{Title: "Stockout in", Number: true, Sortable: true, SortHref: "?sort=stockout"},
			{Title: "Owner", Fold: ui.FoldHide},
			{Title: "Age", Number: true},
			{Title: "Next move", Unnamed: true, Fold: ui.FoldHide},
		},
		Rows:  queueRows(now, open),
		Pager: &ui.Pager{Shown: "8 of 38", NextHref: "?after=8"},
	}
}

func queueRows(now time.Time, open string) []ui.Row {
	type line struct {
		p                                         ui.Severity
		what, item, name, dc, supplier, risk, out string
		owner                                     string
		age                                       time.Duration
		next                                      string
	}
	lines := []line{
		{ui.P1, "Approved 42 min ago, no order in the ERP", "85123A", "White hanging heart T-light holder", "DC-LON", "Harlow Ceramics", "18,420", "3 h 20 min", "", 42 * time.Minute, "Resubmit"},
		{ui.P1, "Supplier confirmed 40 of 120, 6 days late", "22423", "Regency cakestand 3 tier", "DC-ROT", "Ostmann", "12,905", "3 h 50 min", "K. Visser", 11 * time.Minute, "Accept or chase"},
		{ui.P2, "Stock changed since it was computed: −46", "47566", "Party bunting", "DC-MAN", "Lindqvist", "6,310", "18 h", "", 26 * time.Minute, "Recompute"},
		{ui.P2, "Order 4500031 unconfirmed for 30 h", "20725", "Lunch bag red retrospot", "DC-LON", "Harlow Ceramics", "4,118", "21 h", "M. Okafor", 48 * time.Minute, "Chase"},
		{ui.P3, "Order 4500044 differs from what was approved: 96, not 120", "84879", "Assorted colour bird ornament", "DC-LYS", "Papeterie Doux", "1,940", "3 d", "", 2 * time.Hour, "Accept"},
		{ui.P3, "Supplier confirmed 2 days late", "21212", "Pack of 72 retrospot cake cases", "DC-BER", "Ostmann", "1,205", "4 d", "K. Visser", 3 * time.Hour, "Accept or chase"},
		{ui.P4, "Same item ordered twice within a week", "22197", "Popcorn holder", "DC-ROT", "Lindqvist", "310", "", "", 7 * time.Hour, "Compare"},
		{ui.P4, "Receipt 2 over, within tolerance", "23298", "Spotty bunting", "DC-MAN", "Harlow Ceramics", "0", "", "", 9 * time.Hour, "Close"},
	}
	rows := make([]ui.Row, len(lines))
	for i, l := range lines {
		rows[i] = ui.Row{
			ID: "exception-" + l.item, Href: "?open=" + l.item, Panel: true, Open: l.item == open, Value: l.item,
			Cells: []templ.Component{
				ui.SeverityBadge(l.p), ui.Clip(l.what), ui.Named(l.item, l.name), ui.Text(l.dc), ui.Text(l.supplier), ui.Text(l.risk), ui.Text(l.out), ui.Muted(l.owner), ui.Since(now.Add(-l.age)),
				ui.ActionButton(ui.Action{Label: l.next, Of: l.item, URL: "/gallery", Tone: ui.Quiet}),
			},
		}
	}
	return rows
}

func verdicts() []ui.Verdict {
	return []ui.Verdict{ui.Current, ui.Aged, ui.Superseded, ui.Unknown}
}

// wave is a made-up measure of n points around a middle.
func wave(n int, middle, swing float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = middle + swing*float64((i*7)%5-2)/2 + swing*float64(i%3)/6
	}
	return out
}
