package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
	"throughline/web/session"
)

const triageHome = "/triage"

// Triage answers what people do with many exceptions at once: previewed, done
// with each, and told of each.
type Triage struct {
	Frame  *Frame
	Store  TriageStore
	People PeopleLister
	Policy authz.Policy
}

// queueOf is the queue whose list stands at a path.
func queueOf(path string) (queueKind, bool) {
	queues := []queueKind{planningQueue, procurementQueue, itQueue}
	at := slices.IndexFunc(queues, func(k queueKind) bool { return k.path == path })
	if at < 0 {
		return queueKind{}, false
	}
	return queues[at], true
}

// Plan answers POST /triage: a preview on a page of its own.
func (h *Triage) Plan(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return models.Wrap(models.CodeInvalid, err, "The form could not be read.")
	}
	reader, _ := session.User(c.Request().Context())
	plan, kind, err := readTriagePlan(form, reader.Name)
	if err != nil {
		return err
	}
	if !slices.Contains(h.Policy.WorkTeams(reader.Role), kind.team) {
		return models.Errorf(models.CodeForbidden, "Your account does not work on this queue.")
	}
	id, err := h.Store.Plan(c.Request().Context(), plan)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, triageHome+"/"+ui.ID(id))
}

// readTriagePlan reads what a queue's list sent; what is ticked does not count
// where all that match are chosen.
func readTriagePlan(form url.Values, actor string) (models.TriagePlan, queueKind, error) {
	plan := models.TriagePlan{Action: models.ExceptionAction(form.Get("action")), Actor: actor}
	kind, known := queueOf(form.Get("list"))
	if !known {
		return plan, kind, models.Errorf(models.CodeInvalid, "There is no queue %q.", form.Get("list"))
	}
	view, err := models.SavedView{List: kind.path}.Showing(form.Get("query"))
	if err != nil {
		return plan, kind, err
	}
	plan.Queue = view.Address()
	if form.Get("scope") == "all" {
		values, err := url.ParseQuery(view.Query)
		plan.Filter = queueFilterOf(values).shared().query(kind, actor)
		return plan, kind, cmp.Or(err, plan.Validate())
	}
	for _, text := range form["id"] {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return plan, kind, models.Errorf(models.CodeInvalid, "There is no exception %q.", text)
		}
		plan.Picked = append(plan.Picked, id)
	}
	return plan, kind, plan.Validate()
}

// Show answers GET /triage/:id: the preview and, once it was started, what came of each.
func (h *Triage) Show(c echo.Context) error {
	id, err := numberParam(c, "id", "triage")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	run, err := h.Store.Get(ctx, id)
	if err != nil {
		return err
	}
	reader, _ := session.User(ctx)
	sorted := triageResults(run, h.Policy.WorkTeams(reader.Role), h.Frame.Now())
	actions, err := h.actions(c, run, sorted)
	if err != nil {
		return err
	}
	list, _, _ := strings.Cut(run.Queue, "?")
	kind, known := queueOf(list)
	if !known { // asked for over the API, of no queue in particular
		kind = queueKind{title: "Exceptions", nav: layout.NavOverview}
	}
	page := h.Frame.Page(c, kind.nav, triageTitle(run))
	page.Lead = "Each is changed as it would be alone, and tells what came of it"
	page.Crumbs = []layout.Crumb{{Title: kind.title, Href: run.Queue}}
	page.Live = livePath()
	shown := triageView(c, run, sorted, h.Frame.Now())
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "triage", Self: c.Request().URL.RequestURI(), Figures: triageFigures(run, sorted, h.Frame.Now()),
		Lists: []pages.BoardList{
			{Title: "What is chosen", Note: triageState(run, len(sorted[""])), Beside: actions, Table: triageFacts(run)},
			{Title: "Exceptions", Tabs: shown.tabs, Table: shown.table},
		},
	}))
}

// results are the exceptions of a triage by what came of each, or would come of it.
type results map[models.TriageOutcome][]models.TriageItem

func triageResults(run models.Triage, teams []models.Team, now time.Time) results {
	sorted := results{}
	for _, item := range run.Items {
		outcome := run.Foresee(item, teams, now)
		sorted[outcome] = append(sorted[outcome], item)
	}
	return sorted
}

// triageVerb is the action as the first word of a sentence.
func triageVerb(a models.ExceptionAction) string { return capital(string(a)) }

func triageTitle(run models.Triage) string {
	return triageVerb(run.Action) + " " + counted(int64(len(run.Items)), "exception")
}

// triageState says how far a triage is; open is how many it would change.
func triageState(run models.Triage, open int) string {
	switch {
	case run.StartedAt == nil:
		return "a preview: nothing is changed yet, and " + ui.Count(int64(open)) + " would be"
	case run.EndedAt == nil:
		return "begun: " + ui.Count(int64(run.Left())) + " are still to be done"
	case run.UndoneAt != nil:
		return "done, and taken back"
	default:
		return "done"
	}
}
