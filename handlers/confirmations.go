package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const confirmationsPath = "/confirmations"

// Confirmations answers what suppliers confirmed short or late, with what it
// does to stock.
type Confirmations struct {
	Frame  *Frame
	Read   ConfirmationGapReader
	DCs    DCLister
	Lists  *Lists
	Policy authz.Policy
}

// List answers GET /confirmations.
func (h *Confirmations) List(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavApprovals, "Confirmation gaps")
	page.Lead = "What suppliers confirmed with less or for later than was ordered, and when stock then runs out"
	page.Live = livePath(models.TopicApprovals, models.TopicTeam(models.TeamProcurement))
	ctx, dc, open, arranged := c.Request().Context(), c.QueryParam("dc"), c.QueryParam("open"), readArrangement(c)
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	counts, err := countTabs(ctx, h.Read, dc)
	if err != nil {
		return err
	}
	place := readPaging(c, counts.gaps)
	gaps, err := h.Read.ConfirmationGaps(ctx, dc, arranged.sorting(), place.part())
	if err != nil {
		return err
	}
	address := func(open string) string {
		return addressOf(confirmationsPath, "dc", dc, "sort", arranged.sort, "hide", string(arranged.hide), "page", place.number(), "open", open)
	}
	view := pages.Approvals{
		Page: page, Self: c.Request().URL.RequestURI(), Topic: string(models.TopicTeam(models.TeamProcurement)),
		Tabs: approvalTabs(confirmationsPath, counts), Rows: gapTable(gaps, address, open, may(c, h.Policy, authz.ApproveProposals)),
		Filters: ui.FilterBar{
			Action: confirmationsPath, Result: place.shown(),
			Fields: []ui.FilterField{{Name: "dc", Label: "DC", Value: dc, Options: textOptions("All", dcs)}},
		},
	}
	view.Rows.Pager = place.pager(func(page string) string {
		return addressOf(confirmationsPath, "dc", dc, "sort", arranged.sort, "hide", string(arranged.hide), "page", page)
	})
	arranged.keep(&view.Filters)
	if err := h.Lists.arrange(c, arranged, &view.Filters, &view.Rows); err != nil {
		return err
	}
	if dc != "" {
		view.Filters.ClearHref = addressOf(confirmationsPath, "sort", arranged.sort, "hide", string(arranged.hide))
		view.Rows.Empty = noMatch("", view.Filters, confirmationsPath)
	}
	if view.Gap, err = h.panel(ctx, open, address("")); err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.ApprovalsPage(view))
}

// panel is the gap that the address names, on whatever page it stands; nil when
// the address names none, or one that is closed meanwhile.
func (h *Confirmations) panel(ctx context.Context, open, closeHref string) (*pages.GapPanel, error) {
	at := strings.LastIndex(open, "-")
	line, err := strconv.ParseInt(open[at+1:], 10, 32)
	if at < 0 || err != nil {
		return nil, nil //nolint:nilnil,nilerr // no line has such a name
	}
	gap, err := h.Read.ConfirmationGap(ctx, open[:at], int(line))
	if models.CodeOf(err) == models.CodeNotFound {
		return nil, nil //nolint:nilnil // said above
	}
	if err != nil {
		return nil, err
	}
	return gapPanel(gap, closeHref), nil
}

func gapTable(gaps []models.ConfirmationGap, address func(open string) string, open string, mayAnswer bool) ui.Table {
	table := ui.Table{
		ID: "gaps", Caption: "Order lines that were confirmed short or late",
		Columns: []ui.Column{
			{Title: "Order", Name: "order", Sortable: true, Fold: ui.FoldLead}, {Title: "Item", Name: "item", Sortable: true}, {Title: "DC", Name: "dc", Sortable: true}, {Title: "Supplier", Name: "supplier", Sortable: true, Fold: ui.FoldHide},
			{Title: "Ordered", Name: "ordered", Sortable: true, Number: true}, {Title: "Confirmed", Name: "confirmed", Sortable: true, Number: true, Help: "And how: revised once, phased over several days, or rejected"}, {Title: "Short", Name: "short", Sortable: true, Number: true, Fold: ui.FoldTrail},
			{Title: "Need by", Said: true, Name: "need_by", Sortable: true, Help: "Business day"}, {Title: "Promised", Said: true, Name: "promised", Sortable: true, Help: "Business day"}, {Title: "Late", Said: true, Name: "late", Sortable: true, Unit: "d", Number: true, Help: "Days"}, {Title: "Answered", Name: "answered", Sortable: true, Help: "When the supplier last confirmed the line", Spare: true},
			{Title: "Stock runs out", Name: "lasts", Help: "Projected stockout as ordered, then as confirmed, business days, and how old the stock figure is"},
			{Title: "Alternatives", Name: "alternatives", Help: "Other open order lines here, stock that another DC can spare, other suppliers who have delivered the item", Spare: true},
			{Title: "Owner", Name: "owner", Sortable: true, Fold: ui.FoldHide},
			{Title: "Answer", Unnamed: true},
		},
		Empty: ui.Notice{
			Title:  "Every confirmation agrees with its order",
			Detail: "An order line appears here when its supplier confirms less, or a later day, and leaves once it is shipped.",
		},
	}
	for _, g := range gaps {
		table.Rows = append(table.Rows, ui.Row{
			ID: "gap-" + gapID(g), Href: address(gapID(g)), Panel: true, Open: gapID(g) == open, Cells: gapCells(g, mayAnswer),
		})
	}
	return table
}

func gapCells(g models.ConfirmationGap, mayAnswer bool) []templ.Component {
	short, late := ui.Muted("0"), ui.Muted("0")
	if g.Short().IsPositive() {
		short = ui.Change(amount(g.Short(), g.Unit), ui.P2)
	}
	if g.Rejected() {
		short = ui.Change("rejected", ui.P1)
	}
	if g.LateDays() > 0 {
		late = ui.Change(strconv.Itoa(g.LateDays()), ui.P2)
	}
	owner, answer := ownerCell(g.Owner), gapAnswers(g, mayAnswer)
	if g.Exception == 0 {
		owner, answer = pages.Titled("tolerated", "Within the tolerance: no exception stands"), nil
	}
	return cells(ui.Text(g.Number), ui.Named(g.Item, g.Description), ui.Text(g.DC), gapSupplier(g),
		ui.Text(amount(g.Requested, g.Unit)), pages.Counted(ui.Exact(g.Confirmed), gapKind(g)), short,
		ui.Text(g.NeedBy.Format("2 Jan")), ui.Text(g.Promised.Format("2 Jan")), late, ui.Since(g.ConfirmedAt), gapEffect(g),
		pages.Titled(alternativeCounts(g.Alternatives)), owner, answer)
}

// gapSupplier is the supplier with what it says of the line, if it says anything.
func gapSupplier(g models.ConfirmationGap) templ.Component {
	if g.Said == "" {
		return ui.Clip(g.SupplierName)
	}
	return templ.Join(ui.Clip(g.SupplierName), ui.Under("“"+g.Said+"”"))
}

// gapEffect is how the day on which stock runs out moves.
func gapEffect(g models.ConfirmationGap) templ.Component {
	if !g.Known {
		return ui.Muted("no forecast")
	}
	asked, now := runsOut(g.AsRequested), runsOut(g.AsConfirmed)
	effect := ui.Change(asked+" → "+now, ui.P2)
	if asked == now {
		effect = pages.Titled(now, "unchanged by the gap")
	}
	return templ.Join(effect, ui.Text(", "), ui.Since(g.StockAsOf), ui.Text(" old"))
}

func runsOut(p models.Projection) string {
	if !p.RunsOut() {
		return "no stockout"
	}
	return p.StockoutAt.Format("2 Jan")
}

func gapAnswers(g models.ConfirmationGap, may bool) templ.Component {
	if !may {
		return nil
	}
	id := strconv.FormatInt(g.Exception, 10)
	answer := func(label, move string) ui.Action {
		action := ui.Action{
			Label: label, Of: g.Number, URL: "/exceptions/" + id + "/moves/" + move,
			Fields: []ui.Field{{Name: "where", Value: "-row"}},
		}
		action.Confirm = moveQuestion(move, label, id+"-gap", "")
		return action
	}
	return ui.Actions([]ui.Action{answer("Chase", "chase"), answer("Accept", "accept")})
}
