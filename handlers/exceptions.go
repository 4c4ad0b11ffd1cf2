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
	"throughline/web/session"
)

const queueRows = 50

// Exceptions answers the queues of the teams, each exception alone, and what
// people do about them.
type Exceptions struct {
	Frame    *Frame
	Store    ExceptionStore
	Lists    *Lists
	Groups   ExceptionGrouper
	Moves    MoveRunner
	Rereads  Rereader
	Near     NearReader // nil proposes nothing
	Runbooks RunbookReader
	DCs      DCLister
	People   PeopleLister
	Owner    func(models.ExceptionCode) models.Team // that a kind belongs to
	Clocks   func() models.Escalations              // that hold now, with the rotas
	Policy   authz.Policy
}

var (
	procurementQueue = queueKind{
		models.TeamProcurement, "/exceptions/procurement", layout.NavProcurement, "Procurement queue",
		"Ranked by money at risk, then by hours to the stockout or cut-off", models.SortMoney,
	}
	planningQueue = queueKind{
		models.TeamPlanner, "/exceptions/planning", layout.NavPlanning, "Planning queue",
		"Ranked by money at risk, then by hours to the stockout or cut-off", models.SortMoney,
	}
	itQueue = queueKind{
		models.TeamIT, "/exceptions/it", layout.NavIT, "Integration queue",
		"By priority, with the stage that failed and its cause", models.SortPriority,
	}
)

// ownQueuePath leads each reader to a queue of its own, from pages that all share.
const ownQueuePath = "/exceptions"

// Own answers GET /exceptions: the reader's own queue, filtered as asked. What
// leads here counts the work of every team, so without a view all is shown, of a
// kind that another team sees to beyond the reader's own queue.
func (h *Exceptions) Own(c echo.Context) error {
	to := planningQueue
	switch {
	case may(c, h.Policy, authz.ViewProcurement):
		to = procurementQueue
	case may(c, h.Policy, authz.ViewFlow):
		to = itQueue
	}
	query := c.QueryParams()
	if !query.Has("view") {
		query.Set("view", viewAll)
		if code := models.ExceptionCode(query.Get("code")); code != "" && h.Owner(code) != to.team {
			query.Set("view", viewEvery)
		}
	}
	return c.Redirect(http.StatusSeeOther, to.path+"?"+query.Encode())
}

// stageHref leads to all that is open in a stage, at one DC or at all for an empty
// one, of every team that IT shares it with.
func stageHref(stage models.Stage, dc string) string {
	return addressOf(itQueue.path, "stage", string(stage), "dc", dc, "view", viewAll)
}

// Procurement answers GET /exceptions/procurement.
func (h *Exceptions) Procurement(c echo.Context) error { return h.queue(c, procurementQueue) }

// Planning answers GET /exceptions/planning.
func (h *Exceptions) Planning(c echo.Context) error { return h.queue(c, planningQueue) }

// IT answers GET /exceptions/it.
func (h *Exceptions) IT(c echo.Context) error { return h.queue(c, itQueue) }

func (h *Exceptions) queue(c echo.Context, kind queueKind) error {
	page := h.Frame.Page(c, kind.nav, kind.title)
	page.Lead = kind.lead
	ctx, filter := c.Request().Context(), readQueueFilter(c)
	topic := models.TopicTeam(kind.team)
	if filter.every() {
		topic = models.TopicExceptions
	}
	page.Live = livePath(topic)
	reader, _ := session.User(ctx)
	open, _ := strconv.ParseInt(c.QueryParam("open"), 10, 64)
	counts, err := h.counts(ctx, kind, filter, reader.Name)
	if err != nil {
		return err
	}
	rows, shown, err := h.rows(c, kind, filter, reader.Name, viewCount(counts, filter.view), open)
	if err != nil {
		return err
	}
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	codes, err := h.kindsShown(ctx, kind, filter, reader.Name)
	if err != nil {
		return err
	}
	view := pages.Exceptions{
		Page: page, Self: c.Request().URL.RequestURI(), Topic: string(topic),
		Tabs:    queueTabs(kind, filter, counts),
		Filters: filter.bar(kind, dcs, codes, shown),
		Rows:    rows,
	}
	if tab := filter.tab(view.Tabs); tab != "" || filter.narrowed() {
		view.Rows.Empty = noMatch(tab, view.Filters, queueFilter{view: viewAll}.address(kind.path))
	}
	view.Rows.Empty.Actions = append(view.Rows.Empty.Actions, alsoOurs(kind, filter, counts)...)
	if err := h.Lists.arrange(c, filter.arrangement, &view.Filters, &view.Rows); err != nil {
		return err
	}
	if view.Picks, err = h.picks(c, kind, filter, &view.Rows); err != nil {
		return err
	}
	if open != 0 {
		if view.Open, err = h.panel(c, open, filter.address(kind.path)); err != nil {
			return err
		}
	}
	return render.HTML(c, http.StatusOK, pages.ExceptionsPage(view))
}

// counts are those of the views of a queue under a filter.
func (h *Exceptions) counts(ctx context.Context, kind queueKind, f queueFilter, reader string) (models.ExceptionViews, error) {
	counts, err := h.Store.Views(ctx, f.shared().query(kind, reader), reader)
	if err != nil || !f.every() {
		return counts, err
	}
	counts.Every, err = h.Store.Matching(ctx, f.query(kind, reader))
	return counts, err
}

// rows are the exceptions one by one or, for IT, by their cause, and how many of all that is.
func (h *Exceptions) rows(c echo.Context, kind queueKind, f queueFilter, reader string, all int64, open int64) (ui.Table, string, error) {
	ctx := c.Request().Context()
	if f.view == viewCauses && kind.team == models.TeamIT {
		return h.groupRows(ctx, kind, f, reader)
	}
	list, err := h.Store.Queue(ctx, f.query(kind, reader))
	if err != nil {
		return ui.Table{}, "", err
	}
	shown := onPage(len(list.Rows), all, list.Next != "" || f.after != "")
	folds, err := h.folds(ctx, kind, f, reader, list.Rows)
	if err != nil {
		return ui.Table{}, "", err
	}
	if under := folds.all(); under > 0 {
		shown += ", " + ui.Count(under) + " follow from these"
	}
	return h.queueTable(c, kind, f, list, folds, shown, open), shown, nil
}

// Show answers GET /exceptions/:id: the exception alone, whoever's it is.
func (h *Exceptions) Show(c echo.Context) error {
	id, err := idParam(c)
	if err != nil {
		return err
	}
	if c.QueryParam("move") == rereadMove {
		return h.previewReread(c, id)
	}
	page := h.Frame.Page(c, "", "Exception "+strconv.FormatInt(id, 10))
	panel, err := h.panel(c, id, "")
	if err != nil {
		return err
	}
	page.Title, page.Lead = panel.Panel.Title, panel.Panel.Subtitle
	page.Live = livePath(models.TopicExceptions)
	return render.HTML(c, http.StatusOK, pages.ExceptionDetailPage(pages.ExceptionDetail{Page: page, Panel: *panel}))
}

func idParam(c echo.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return 0, models.Errorf(models.CodeNotFound, "There is no exception %q.", c.Param("id"))
	}
	return id, nil
}
