package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/web/render"
	"throughline/web/session"
)

// runbook draws the sections of an exception's runbook; the steps among them
// can be ticked by whoever works on the exception.
func runbook(sections []models.RunbookSection, d models.ExceptionDetail, mayTick bool) pages.Runbook {
	view := pages.Runbook{MayTick: mayTick && d.State != models.ExceptionResolved}
	for _, s := range sections {
		if s.Title != models.RunbookActions {
			view.Parts = append(view.Parts, pages.RunbookPart{Title: s.Title, Lines: s.Lines})
			continue
		}
		for i, line := range s.Lines {
			step := pages.RunbookStep{Text: line, URL: "/exceptions/" + strconv.FormatInt(d.ID, 10) + "/steps/" + strconv.Itoa(i+1)}
			if at := slices.IndexFunc(d.Ticks, func(t models.RunbookTick) bool { return t.Step == line }); at >= 0 {
				step.Done, step.By, step.At = true, d.Ticks[at].Actor, d.Ticks[at].TickedAt
			}
			if at := slices.IndexFunc(d.Paces, func(p models.StepPace) bool { return p.Step == line }); at >= 0 {
				step.Usual, step.Ticks = d.Paces[at].Median.Round(time.Second), d.Paces[at].Ticks
			}
			view.Steps = append(view.Steps, step)
		}
	}
	return view
}

// Tick answers POST /exceptions/:id/steps/:step: a step of the runbook was
// done, or was not after all.
func (h *Exceptions) Tick(c echo.Context) error {
	id, err := idParam(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	detail, err := h.Store.Get(ctx, id)
	if err != nil {
		return err
	}
	if !h.mayWork(c, detail.Exception) {
		return models.Errorf(models.CodeForbidden, "Exception %d is in no queue of yours: ask the team that it belongs to.", id)
	}
	sections := h.Runbooks.Runbook(detail.Code)
	step, ok := stepOf(sections, c.Param("step"))
	if !ok {
		return models.Errorf(models.CodeNotFound, "The runbook of %s has no step %q.", detail.Code, c.Param("step"))
	}
	user, _ := session.User(ctx)
	if err := h.Store.Tick(ctx, id, step, user.Name, c.FormValue("done") == "yes"); err != nil {
		return err
	}
	if !render.IsHTMX(c.Request()) {
		return c.Redirect(http.StatusSeeOther, refererPath(c.Request()))
	}
	if detail, err = h.Store.Get(ctx, id); err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.RunbookRegion(runbook(sections, detail, true)))
}

func stepOf(sections []models.RunbookSection, number string) (string, bool) {
	n, err := strconv.Atoi(number)
	for _, s := range sections {
		if s.Title == models.RunbookActions && err == nil && n >= 1 && n <= len(s.Lines) {
			return s.Lines[n-1], true
		}
	}
	return "", false
}
