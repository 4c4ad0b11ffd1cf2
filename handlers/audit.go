package handlers

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const (
	auditPath = "/audit"
	auditRows = 50
)

// AuditReader reads who changed what, and why.
type AuditReader interface {
	Page(ctx context.Context, f models.AuditFilter, after string, limit int) (models.AuditPage, error)
	Row(ctx context.Context, id int64) (models.AuditRow, error)
	Names(ctx context.Context) (actors, actions []string, err error)
}

// Audit answers the audit trail.
type Audit struct {
	Frame  *Frame
	Read   AuditReader
	Lists  *Lists
	Policy authz.Policy
}

// List answers GET /audit, open=: with a row in full beside it.
func (h *Audit) List(c echo.Context) error {
	f, err := readAuditFilter(c.QueryParams())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	actors, actions, err := h.Read.Names(ctx)
	if err != nil {
		return err
	}
	trail, err := h.Read.Page(ctx, f.model, f.after, auditRows)
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavAudit, "Audit trail")
	page.Lead = "Who changed what, when and why; nothing here can be changed or deleted"
	page.Live = livePath()
	view := pages.Board{
		Page: page, ID: "audit", Self: c.Request().URL.RequestURI(), HasPanel: true,
		Lists: []pages.BoardList{{
			Title: "Changes", Filters: f.bar(actors, actions, len(trail.Rows)), Beside: ui.ButtonLink(f.export(), "Export", ui.Plain), Table: h.table(c, trail, f),
		}},
	}
	if err := h.Lists.arrange(c, f.arrangement, view.Lists[0].Filters, &view.Lists[0].Table); err != nil {
		return err
	}
	if f.open != "" {
		if view.Panel, err = h.panel(c, f); err != nil {
			return err
		}
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

func (h *Audit) table(c echo.Context, trail models.AuditPage, f auditFilter) ui.Table {
	table := ui.Table{
		ID: "trail", Caption: "Changes",
		Columns: []ui.Column{
			{Title: "When", Name: "when", Sortable: true, Fold: ui.FoldLead}, {Title: "Who", Name: "who", Sortable: true},
			{Title: "What", Name: "what", Sortable: true, Fold: ui.FoldTrail}, {Title: "About", Name: "about", Sortable: true, Fold: ui.FoldGrow},
			{Title: "Why", Name: "why", Spare: true},
		},
		Empty: ui.Notice{Title: "No change matches", Detail: "What people and the command line change appears here in the moment in which they change it."},
	}
	for _, r := range trail.Rows {
		id := ui.ID(r.ID)
		table.Rows = append(table.Rows, ui.Row{
			ID: "audit-" + id, Href: f.opening(id).address(), Panel: true, Open: id == f.open,
			Cells: cells(ui.Since(r.At), ui.Text(r.Actor), ui.Text(actionWords(r.Action)), h.subject(c, r), ui.Clip(r.Reason)),
		})
	}
	if f.after != "" || trail.Next != "" {
		table.Pager = &ui.Pager{Shown: counted(int64(len(trail.Rows)), "row") + " on this page"}
	}
	if trail.Next != "" {
		next := f.opening("")
		next.after = trail.Next
		table.Pager.NextHref = next.address()
	}
	return table
}

// panel is a row in full.
func (h *Audit) panel(c echo.Context, f auditFilter) (*pages.BoardPanel, error) {
	panel := &pages.BoardPanel{Panel: ui.Panel{Title: "Row " + f.open, CloseHref: f.opening("").address()}}
	id, err := strconv.ParseInt(f.open, 10, 64)
	if err != nil {
		id = 0 // there is no such row
	}
	r, err := h.Read.Row(c.Request().Context(), id)
	if models.CodeOf(err) == models.CodeNotFound {
		panel.Parts = []pages.PanelPart{{Title: "It cannot be found", Body: ui.Text("The trail has no such row.")}}
		return panel, nil
	}
	if err != nil {
		return nil, err
	}
	r = r.Shown(may(c, h.Policy, authz.ViewPayloads))
	reason := ui.Muted("none was given")
	if r.Reason != "" {
		reason = ui.Text(r.Reason)
	}
	panel.Panel.Title, panel.Panel.Subtitle = actionWords(r.Action), "row "+f.open
	panel.Parts = []pages.PanelPart{
		{Title: "Why", Body: reason},
		{Title: "Facts", Body: ui.KeyValues([]ui.KeyValue{
			{Key: "Who", Value: ui.Text(r.Actor)},
			{Key: "When", Value: ui.Since(r.At), Note: r.At.UTC().Format("2 Jan 2006 15:04:05 UTC")},
			{Key: "About", Value: h.subject(c, r)},
			{Key: "All about it", Value: ui.Link(auditOf(r.Subject), "in the trail")},
		})},
		{Title: "Before and after", Body: ui.DataTable(auditDifference(r))},
	}
	return panel, nil
}
