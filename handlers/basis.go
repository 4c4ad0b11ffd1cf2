package handlers

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// inspectorView sets a basis beside what is known now. recommended is the
// quantity that was computed from it.
func inspectorView(b models.BasisInspector, recommended decimal.Decimal, unit string, now time.Time) pages.Inspector {
	if b.At != nil {
		now = *b.At
	}
	view := pages.Inspector{
		Lead: basisLead(b), Figures: figureTable(b, unit, now), Movements: movementTable("Stock movements since the basis, the newest first", b.Movements),
	}
	for _, moment := range []models.Moment{models.MomentCompute, models.MomentApprove, models.MomentOrder, models.MomentNow} {
		view.Moments = append(view.Moments, momentView(moment, b, recommended, unit))
	}
	view.Moments[len(view.Moments)-1].Name = nowWord("Now", "At that moment", b.At)
	if b.MoreMovements {
		view.More = "The newest " + strconv.Itoa(len(b.Movements)) + " are shown."
	}
	if b.MovementsSince != nil {
		view.More += " Movements from before " + b.MovementsSince.UTC().Format("2 Jan 2006 15:04 MST") + " are no longer kept."
		view.Movements.Empty.Title, view.Movements.Empty.Detail = "No movement is kept", ""
	}
	return view
}

func basisLead(b models.BasisInspector) string {
	words := map[string]string{
		"declared": "The engine says what it computed from",
		"captured": "The engine was served this by the tower",
		"inferred": "Inferred: the last that was applied before the run began",
		"missing":  "The recommendation does not say what it was computed from",
	}
	lead := words[b.Kind]
	if b.Then.Version != 0 {
		lead += ": stock version " + strconv.FormatInt(b.Then.Version, 10)
	}
	if b.RevisionThen != nil {
		lead += ", forecast revision " + strconv.FormatInt(*b.RevisionThen, 10)
	}
	return lead + "."
}

func figureTable(b models.BasisInspector, unit string, now time.Time) ui.Table {
	table := ui.Table{
		Caption: nowWord("Stock at the basis and now", "Stock at the basis and as it was known then", b.At),
		Columns: []ui.Column{
			{Title: "Stock", Unit: unit, Fold: ui.FoldLead}, {Title: "From", Said: true, Help: "The system that tells of it"}, {Title: "At basis", Number: true}, {Title: nowWord("Now", "Then", b.At), Number: true}, {Title: "Change", Number: true},
		},
	}
	from := func(sources string) templ.Component { return ui.Muted(orDash(sources, sources != "")) }
	quantity := func(name, sources string, then, current *decimal.Decimal) {
		change := ui.Muted("–")
		if then != nil && current != nil {
			change = ui.Text(signedQuantity(current.Sub(*then)))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells(ui.Text(name), from(sources), ui.Text(known(then)), ui.Text(known(current)), change)})
	}
	quantity("On hand", b.StockFrom, b.Then.OnHand, b.Now.OnHand)
	quantity("Allocated", b.StockFrom, b.Then.Allocated, b.Now.Allocated)
	quantity("Available", b.StockFrom, b.Then.Available, b.Now.Available)
	quantity("On order", b.OrdersFrom, b.Then.OnOrder, b.Now.OnOrder)
	text := func(name, sources, then, current string) {
		table.Rows = append(table.Rows, ui.Row{Cells: cells(ui.Muted(name), from(sources), ui.Text(then), ui.Text(current), nil)})
	}
	text("Version", b.StockFrom, versionText(b.Then.Version), versionText(b.Now.Version))
	age := func(name, sources string, then, current *time.Time) {
		text(name, sources, ageText(then, now), ageText(current, now))
	}
	age("Age of stock", b.StockFrom, b.Then.AsOf, b.Now.AsOf)
	age("Age of open orders", b.OrdersFrom, b.Then.OrdersAt, b.Now.OrdersAt)
	revision := "–"
	if b.RevisionThen != nil {
		revision = versionText(*b.RevisionThen)
	}
	text("Forecast revision", b.ForecastFrom, revision, versionText(b.RevisionNow))
	age("Age of forecast", b.ForecastFrom, b.RevisionThenAt, b.RevisionNowAt)
	return table
}

func momentView(moment models.Moment, b models.BasisInspector, recommended decimal.Decimal, unit string) pages.BasisMoment {
	names := map[models.Moment]string{
		models.MomentCompute: "Computed", models.MomentApprove: "Approved", models.MomentOrder: "Ordered", models.MomentNow: "Now",
	}
	view := pages.BasisMoment{Name: names[moment]}
	for _, check := range b.Checks {
		if check.Moment != moment {
			continue
		}
		view.At, view.Verdict, view.Changed = check.CheckedAt, verdictOf(check.Verdict), check.Changed
		view.Figures = "Stock figure " + ui.Took(check.Age) + " old" + olderThan(", forecast ", b.RevisionThenAt, check.CheckedAt) +
			olderThan(", open orders ", b.Then.OrdersAt, check.CheckedAt) + "; moved " + signedQuantity(check.NetMovement) + ", " +
			signedQuantity(check.Deviation) + " beyond what was expected, ±" + ui.Exact(check.Tolerance) + " tolerated."
		if check.Cause == models.CauseMissing {
			view.Figures = ""
		}
		if effect := check.Effect(recommended); !effect.IsZero() && check.Cause != models.CauseMissing {
			view.Effect = "A new run would recommend about " + amount(check.Recomputed, unit) + " (" + signedQuantity(effect) + ")."
		}
	}
	return view
}

// olderThan is how old an input was at a moment, after its name; nothing where
// that is not known.
func olderThan(name string, input *time.Time, at time.Time) string {
	if input == nil {
		return ""
	}
	return name + ui.Took(max(at.Sub(*input), 0).Truncate(time.Second))
}

func movementTable(caption string, movements []models.StockMovement) ui.Table {
	table := ui.Table{
		Caption: caption,
		Columns: []ui.Column{
			{Title: "When", Fold: ui.FoldLead}, {Title: "What", Fold: ui.FoldGrow}, {Title: "On hand", Number: true}, {Title: "Allocated", Number: true},
			{Title: "Leaves", Number: true, Help: "Available after it"},
		},
		Empty: ui.Notice{Title: "Stock did not move", Detail: "Each receipt, issue or correction appears here."},
	}
	for _, m := range movements {
		table.Rows = append(table.Rows, ui.Row{
			ID: "movement-" + strconv.FormatInt(m.Version, 10) + "-" + strconv.FormatInt(m.Seq, 10),
			Cells: cells(ui.At(m.OccurredAt), movementName(m), deltaCell(m.OnHandDelta), deltaCell(m.AllocatedDelta),
				ui.Text(ui.Exact(m.OnHand.Sub(m.Allocated)))),
		})
	}
	return table
}

// movementName is what moved stock, with the way to the sales order behind it.
func movementName(m models.StockMovement) templ.Component {
	if m.SalesOrder == "" {
		return ui.Named(m.Kind, m.Document)
	}
	return templ.Join(ui.Text(m.Kind+" "), ui.Link(salesOrderHref(m.SalesOrder), m.SalesOrder))
}

// verdictOf turns a verdict into how it is drawn.
func verdictOf(v models.Verdict) ui.Verdict { return ui.Verdict(strings.ToLower(string(v))) }

func known(d *decimal.Decimal) string {
	if d == nil {
		return "–"
	}
	return ui.Exact(*d)
}

func versionText(v int64) string {
	if v == 0 {
		return "–"
	}
	return strconv.FormatInt(v, 10)
}

func ageText(at *time.Time, now time.Time) string {
	if at == nil {
		return "–"
	}
	return ui.Ago(now.Sub(*at))
}

// deltaCell is a change, quiet where nothing changed.
func deltaCell(d decimal.Decimal) templ.Component {
	if d.IsZero() {
		return ui.Muted("–")
	}
	return ui.Text(signedQuantity(d))
}

func signedQuantity(d decimal.Decimal) string {
	if d.IsPositive() {
		return "+" + ui.Exact(d)
	}
	return ui.Exact(d)
}

func amount(d decimal.Decimal, unit string) string { return ui.Exact(d) + " " + unit }
