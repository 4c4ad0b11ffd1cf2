package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
	"throughline/web/session"
)

// actions are what the one who chose may do with a triage that has not ended.
func (h *Triage) actions(c echo.Context, run models.Triage, sorted results) (templ.Component, error) {
	reader, _ := session.User(c.Request().Context())
	open := sorted[""]
	if reader.Name != run.Actor || run.EndedAt != nil || len(open) == 0 && run.StartedAt == nil {
		return ui.ButtonLink(run.Queue, "Back to the list", ui.Plain), nil
	}
	people, err := h.People.Active(c.Request().Context())
	if err != nil {
		return nil, err
	}
	return templ.Join(ui.Actions(h.goAhead(run, open, people)), ui.ButtonLink(run.Queue, "Leave it", ui.Quiet)), nil
}

// goAhead are the ways to do what was planned with those of the exceptions that are open to it.
func (h *Triage) goAhead(run models.Triage, open []models.TriageItem, people []models.User) []ui.Action {
	n, of := ui.Count(int64(len(open))), counted(int64(len(open)), "exception")
	action := ui.Action{Label: triageVerb(run.Action) + " " + n, URL: triageHome + "/" + ui.ID(run.ID) + "/run", Tone: ui.Main}
	switch {
	case run.StartedAt != nil:
		action.Label = "Go on with " + ui.Count(int64(run.Left()))
		return []ui.Action{action}
	case run.Action == models.ActionShelve:
		action.Key = "s"
		action.Confirm = shelfQuestion("triage", "Put "+of+" aside?")
		return []ui.Action{action}
	case run.Action == models.ActionAssign:
		action.Label, action.Key = "Assign "+n+" to me", "m"
		to := ui.Action{Label: "Assign to…", URL: action.URL, Confirm: &ui.Confirm{
			ID: "assign-triage", Title: "Who is to work on " + of + "?", Label: "Assign", Body: "Whoever has no queue with some of them is not given those.",
			Inputs: []ui.Input{{Name: "owner", Label: "To", Options: h.owners(open, people)}},
		}}
		return []ui.Action{action, to}
	default:
		action.Key = "a"
		return []ui.Action{action}
	}
}

// owners are the people who may work on one of the exceptions at least, with on how many.
func (h *Triage) owners(open []models.TriageItem, people []models.User) []ui.Option {
	var options []ui.Option
	for _, u := range people {
		teams, n := h.Policy.WorkTeams(u.Role), int64(0)
		for _, item := range open {
			if item.Of(teams) {
				n++
			}
		}
		if n > 0 {
			options = append(options, ui.Option{Value: u.Name, Label: fmt.Sprintf("%s (%s): %s of %s", u.FullName, u.Name, ui.Count(n), ui.Count(int64(len(open))))})
		}
	}
	return options
}

// Run answers POST /triage/:id/run: what was planned is done with each.
func (h *Triage) Run(c echo.Context) error {
	id, err := numberParam(c, "id", "triage")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	run, err := h.Store.Get(ctx, id)
	if err != nil {
		return err
	}
	user, _ := session.User(ctx)
	order := models.TriageOrder{
		Actor: user.Name, Teams: h.Policy.WorkTeams(user.Role), Owner: cmp.Or(run.Owner, c.FormValue("owner"), user.Name),
		Note: strings.TrimSpace(c.FormValue("reason")), For: shelfTime(c.FormValue("for")),
	}
	if order.OwnerTeams, err = h.TeamsOf(ctx, order.Owner); err != nil {
		return err
	}
	if run, err = h.Store.Run(ctx, id, order); err != nil {
		return err
	}
	return answerToast(c, http.StatusOK, ui.Toast{Text: triageSummary(run), Undo: undoTriage(run)})
}

// TeamsOf are those whose exceptions a person may work on; CodeInvalid for nobody
// of that name.
func (h *Triage) TeamsOf(ctx context.Context, name string) ([]models.Team, error) {
	people, err := h.People.Active(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range people {
		if u.Name == name {
			return h.Policy.WorkTeams(u.Role), nil
		}
	}
	return nil, models.Errorf(models.CodeInvalid, "There is nobody called %q: assign it to somebody who works on exceptions.", name)
}

// triageSummary counts what came of the exceptions, as in "3 exceptions: 2 done,
// 1 changed meanwhile.", in a sentence.
func triageSummary(run models.Triage) string {
	var parts []string
	for _, o := range models.TriageOutcomes() {
		if n := run.Count(o); n > 0 {
			parts = append(parts, ui.Count(int64(n))+" "+outcomeWords(o, true))
		}
	}
	return counted(int64(len(run.Items)), "exception") + ": " + strings.Join(parts, ", ") + "."
}

// undoTriage takes all of it back; nil when there is nothing to take back.
func undoTriage(run models.Triage) *ui.Action {
	if run.Count(models.TriageDone) == 0 {
		return nil
	}
	return &ui.Action{Label: undoLabel(), Of: "triage " + ui.ID(run.ID), URL: triageHome + "/" + ui.ID(run.ID) + "/undo"}
}

// Undo answers POST /triage/:id/undo: each exception that stands as the triage
// left it is taken back.
func (h *Triage) Undo(c echo.Context) error {
	id, err := numberParam(c, "id", "triage")
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, _ string) (string, error) {
		run, err := h.Store.Undo(ctx, id, actor)
		return "Undone. Now of " + triageSummary(run), err
	})
}
