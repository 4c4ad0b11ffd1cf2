package handlers

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// driftHref leads to a difference beside the first of the lists.
func driftHref(id int64) string { return reconciliationHome + "?open=" + ui.ID(id) }

// panel is a difference in full: both sides, what its cause rests on and where
// they parted.
func (h *Reconciliation) panel(c echo.Context, open string, beside reconcileLists) (*pages.BoardPanel, error) {
	id, err := strconv.ParseInt(open, 10, 64)
	if err != nil {
		return nil, models.Errorf(models.CodeNotFound, "There is no difference %q.", open)
	}
	d, err := h.Read.Drift(c.Request().Context(), id)
	if err != nil {
		return nil, err
	}
	facts := driftFacts(d)
	if beside.blind(d) {
		facts = append(facts, ui.KeyValue{Key: "Cannot be compared now", Value: ui.Text("as last compared"), Note: "nothing connected reads what " + d.Source + " holds"})
	}
	return &pages.BoardPanel{
		Panel: ui.Panel{Title: d.Item + " at " + d.DC, Subtitle: driftCause(d.Cause), CloseHref: beside.address("open", "")},
		Parts: []pages.PanelPart{
			{Title: "Why", Body: ui.Text(driftWhy(d))},
			{Title: "Where they parted", Body: ui.Text(partedWords(d.Parted))},
			{Title: "Both sides", Body: ui.KeyValues(facts)},
		},
	}, nil
}

func driftWhy(d models.Drift) string {
	if d.Why == "" {
		return "Its cause was not written down."
	}
	return d.Why
}

// partedWords say until when both sides agreed and what came first after it.
func partedWords(p models.Divergence) string {
	agreed := "Nothing that is still known shows them in agreement"
	switch {
	case p.AgreedVersion > 0:
		agreed = fmt.Sprintf("Agreed at version %d, %s", p.AgreedVersion, moment(p.AgreedAt))
	case p.AgreedAt != nil:
		agreed = "No difference was called in the run of " + moment(p.AgreedAt)
	}
	first := fmt.Sprintf("version %d, %s, %s", p.FirstVersion, p.FirstLine, moment(p.FirstAt))
	switch p.Side {
	case models.DivergesHere:
		return agreed + ". First differing movement: " + first + ". It never came here."
	case models.DivergesThere:
		return agreed + ". First differing movement: " + first + ". The owner has no such movement."
	case models.DivergesInSize:
		return agreed + ". First differing movement: " + first + ". Both sides have it, and another figure after it."
	case models.DivergesSince:
		return agreed + ". First movement here since then: " + first + "."
	case models.DivergesPast:
		return agreed + ". No movement differs since then: a figure was changed past its ledger."
	}
	return "Neither the owner's ledger nor an earlier run says when they last agreed."
}

func moment(t *time.Time) string {
	if t == nil {
		return "at an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}

func driftFacts(d models.Drift) []ui.KeyValue {
	holder := " here"
	if d.IsCopy {
		holder = " in " + heldBy(d)
	}
	facts := []ui.KeyValue{
		{Key: "On hand", Value: ui.Text(quantity(d.Theirs.OnHand, d.Theirs.Unit) + " at the owner, " + quantity(d.Ours.OnHand, d.Ours.Unit) + holder)},
		{Key: "Allocated", Value: ui.Text(quantity(d.Theirs.Allocated, d.Theirs.Unit) + " at the owner, " + quantity(d.Ours.Allocated, d.Ours.Unit) + holder)},
		{Key: "As of", Value: templ.Join(asOfCell(d.Theirs), ui.Text(" at the owner, "), asOfCell(d.Ours), ui.Text(holder))},
		{Key: "Version", Value: ui.Text(strconv.FormatInt(d.Theirs.Version, 10) + " at the owner, " + strconv.FormatInt(d.Ours.Version, 10) + holder)},
		{Key: "Found", Value: ui.Since(d.FoundAt)},
	}
	if d.ClearedAt != nil {
		facts = append(facts, ui.KeyValue{Key: "Cleared", Value: ui.Since(*d.ClearedAt), Note: d.ClearedHow})
	}
	key := d.Item + "@" + d.DC
	return append(facts,
		ui.KeyValue{Key: "All systems", Value: ui.Link(addressOf(stockPath, "open", key), "Stock truth")},
		ui.KeyValue{Key: "Movements", Value: ui.Link(chainPath(key), "The item's chain")})
}

func driftCause(c models.DriftCause) string {
	switch c {
	case models.DriftInFlight:
		return "on its way"
	case models.DriftMissingEvent:
		return "an event was never sent"
	case models.DriftManualEdit:
		return "edited by hand in the owner"
	case models.DriftLost:
		return "lost by the copy"
	case models.DriftDoublePost:
		return "posted twice"
	case models.DriftUnitOfMeasure:
		return "unit of measure"
	case models.DriftAllocationRule:
		return "allocation rule"
	case models.DriftOnlyHere:
		return "no such position in the owner"
	case models.DriftTolerated:
		return "within the tolerance"
	case models.DriftUnexplained:
	}
	return "unexplained"
}

func heldBy(d models.Drift) string {
	if d.IsCopy {
		return d.Source
	}
	return "here"
}

// driftCut is the part of the differences that a reader asked for.
type driftCut struct {
	arrangement
	DC    string
	Cause models.DriftCause
}

func driftCutOf(c echo.Context) driftCut {
	cut := driftCut{arrangement: readArrangement(c), DC: c.QueryParam("dc")}
	if cause := models.DriftCause(c.QueryParam("cause")); slices.Contains(models.DriftCauses(), cause) {
		cut.Cause = cause
	}
	return cut
}

func (d driftCut) filters(dcs []string) *ui.FilterBar {
	causes := []ui.Option{{Label: "All causes"}}
	for _, cause := range models.DriftCauses() {
		causes = append(causes, ui.Option{Value: string(cause), Label: driftCause(cause)})
	}
	bar := &ui.FilterBar{Action: reconciliationHome, Fields: []ui.FilterField{
		{Name: "dc", Label: "DC", Value: d.DC, Options: textOptions("All DCs", dcs)}, {Name: "cause", Label: "Cause", Value: string(d.Cause), Options: causes},
	}}
	d.keep(bar)
	if d.DC != "" || d.Cause != "" {
		bar.ClearHref = addressOf(reconciliationHome, "sort", d.sort, "hide", string(d.hide))
	}
	return bar
}

// words name what the differences are cut to, empty for the whole.
func (d driftCut) words() string {
	var parts []string
	if d.DC != "" {
		parts = append(parts, "at "+d.DC)
	}
	if d.Cause != "" {
		parts = append(parts, "of the cause "+driftCause(d.Cause))
	}
	return strings.Join(parts, ", ")
}

// empty says that nothing matches where the list is cut, else that all is well.
func (d driftCut) empty(title, detail string) ui.Notice {
	if words := d.words(); words != "" {
		return ui.Notice{Title: "None " + words, Detail: "There may be others: clear the filter to see them all."}
	}
	return ui.Notice{Title: title, Detail: detail}
}

func (l reconcileLists) driftTable(id string, drifts []models.Drift, open string, empty ui.Notice) ui.Table {
	table := ui.Table{
		ID: id, Caption: "Differences of stock", Empty: empty,
		Columns: []ui.Column{
			{Title: "Item", Name: "item", Sortable: true, Fold: ui.FoldLead}, {Title: "DC", Name: "dc", Sortable: true}, {Title: "Held", Name: "held", Sortable: true, Help: "Whose copy differs from the owner: ours, or another system's"},
			{Title: "Why", Name: "why", Sortable: true, Fold: ui.FoldGrow, Breaks: true}, {Title: "Owner's on hand", Name: "theirs", Sortable: true, Number: true, Help: "In its unit, and since when it stands there"}, {Title: "Copy", Name: "copy", Sortable: true, Number: true, Help: "In its unit, and since when it stands there"},
			{Title: "Difference", Name: "difference", Sortable: true, Number: true, Fold: ui.FoldTrail}, {Title: "Worth", Name: "worth", Sortable: true, Number: true, Help: "The difference on hand, at cost"}, {Title: "Allocated", Name: "allocated", Sortable: true, Number: true, Help: "The owner's less the copy's"},
			{Title: "Version", Name: "version", Number: true, Help: "The owner's and the copy's"}, {Title: "Found", Name: "found", Sortable: true}, {Title: "Cleared", Name: "cleared", Breaks: true},
		},
	}
	for _, d := range drifts {
		cleared := ui.Muted("stands")
		if d.ClearedAt != nil {
			cleared = ui.Text(d.ClearedHow)
		} else if l.blind(d) {
			cleared = ui.Muted("stands; cannot be compared now")
		}
		table.Rows = append(table.Rows, ui.Row{ID: "drift-" + ui.ID(d.ID), Href: l.address("open", ui.ID(d.ID)), Panel: true, Open: ui.ID(d.ID) == open, Cells: cells(
			ui.Text(d.Item), ui.Text(d.DC), ui.Text(heldBy(d)), ui.Text(driftCause(d.Cause)), figureCell(d.Theirs), figureCell(d.Ours),
			apartCell(d, models.MeasureOnHand), ui.Text(amount(d.Value.Round(0), d.Currency)), apartCell(d, models.MeasureAllocated),
			ui.Muted(strconv.FormatInt(d.Theirs.Version, 10)+" / "+strconv.FormatInt(d.Ours.Version, 10)), ui.Since(d.FoundAt), cleared)})
	}
	return table
}

// blind reports whether a difference stands only because nothing connected can
// look at the copy again.
func (l reconcileLists) blind(d models.Drift) bool {
	return d.ClearedAt == nil && d.IsCopy && slices.ContainsFunc(l.uncompared, func(c models.UncomparedCopy) bool { return c.System == d.Source })
}

// figureCell is what one side has on hand, and since when by its own word.
func figureCell(f models.StockFigure) templ.Component {
	if f.AsOf == nil && f.Version == 0 {
		return ui.Muted("none")
	}
	return templ.Join(ui.Text(quantity(f.OnHand, f.Unit)+" "), asOfCell(f))
}

func asOfCell(f models.StockFigure) templ.Component {
	if f.AsOf == nil {
		return ui.Muted("–")
	}
	return ui.Since(*f.AsOf)
}

// apartCell is how far the copy is from the owner. Quantities in two units have
// no difference.
func apartCell(d models.Drift, m models.StockMeasure) templ.Component {
	if d.Theirs.Unit != "" && d.Ours.Unit != "" && d.Theirs.Unit != d.Ours.Unit {
		return ui.Muted("two units")
	}
	return ui.Text(quantity(m.Of(d.Theirs).Sub(m.Of(d.Ours)), cmp.Or(d.Theirs.Unit, d.Ours.Unit)))
}

// quantity is an amount in its unit, where one is known.
func quantity(q decimal.Decimal, unit string) string {
	if unit == "" {
		return ui.Exact(q)
	}
	return amount(q, unit)
}
