package handlers

import (
	"context"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
	"throughline/web/authz"
)

// What a handover goes to, as the form says it.
const (
	toTeam   = "team:"
	toPerson = "person:"
)

// routeAction hands what did not pass to a queue or a person.
func (h *Events) routeAction(ctx context.Context, d models.EventDetail) (ui.Action, error) {
	people, err := h.workers(ctx)
	if err != nil {
		return ui.Action{}, err
	}
	var options []ui.Option
	for _, team := range []models.Team{models.TeamPlanner, models.TeamProcurement, models.TeamIT} {
		options = append(options, ui.Option{Value: toTeam + string(team), Label: "The queue of " + teamWord(team)})
	}
	for _, u := range people {
		options = append(options, ui.Option{Value: toPerson + u.Name, Label: u.FullName + " (" + u.Name + ")"})
	}
	id := ui.ID(d.Seq)
	return ui.Action{Label: "Route to…", URL: "/events/" + id + "/route", Confirm: &ui.Confirm{
		ID: "route-event", Title: "Who is to deal with event " + id + "?", Reason: "What is asked of them", Label: "Route",
		Body:   "The exception of its cause appears in their queue with your note. The event stays as it is.",
		Facts:  []ui.Fact{{Key: "Event", Value: id}, {Key: "Others of the same cause", Value: ui.Count(d.SameCause)}},
		Inputs: []ui.Input{{Name: "to", Label: "To", Options: options}},
	}}, nil
}

// workers are the people who work on exceptions.
func (h *Events) workers(ctx context.Context) ([]models.User, error) {
	people, err := h.People.Active(ctx)
	return slices.DeleteFunc(people, func(u models.User) bool { return !h.Policy.Allows(u.Role, authz.WorkExceptions) }), err
}

// Route answers POST /events/:seq/route.
func (h *Events) Route(c echo.Context) error {
	seq, err := numberParam(c, "seq", "event")
	if err != nil {
		return err
	}
	people, err := h.workers(c.Request().Context())
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, note string) (string, error) {
		r, err := readRoute(c.FormValue("to"), people)
		if err != nil {
			return "", err
		}
		r.Seq, r.Note, r.Actor = seq, note, actor
		e, err := h.Router.RouteEvent(ctx, r)
		if err != nil {
			return "", err
		}
		return "Exception " + ui.ID(e.ID) + " went to " + routedTo(e) + ".", nil
	})
}

// readRoute reads whom the form names. A person finds the exception in the queue of their own team.
func readRoute(to string, people []models.User) (models.EventRoute, error) {
	if team, ok := strings.CutPrefix(to, toTeam); ok {
		if _, known := authz.QueuePermission(models.Team(team)); known {
			return models.EventRoute{Team: models.Team(team)}, nil
		}
	}
	if name, ok := strings.CutPrefix(to, toPerson); ok {
		if at := slices.IndexFunc(people, func(u models.User) bool { return u.Name == name }); at >= 0 {
			return models.EventRoute{Owner: name, Team: teamOf(people[at].Role)}, nil
		}
	}
	return models.EventRoute{}, models.Errorf(models.CodeInvalid, "Say to whom: a queue, or somebody who works on exceptions.")
}

// teamOf is the team whose queue a role works on; empty for who sees all of them.
func teamOf(role models.Role) models.Team {
	switch role {
	case models.RolePlanner:
		return models.TeamPlanner
	case models.RoleProcurement:
		return models.TeamProcurement
	case models.RoleIT:
		return models.TeamIT
	case models.RoleExecutive, models.RoleAdmin:
	}
	return ""
}

// routedTo is who has an exception after it was handed on.
func routedTo(e models.Exception) string {
	if e.Owner != "" {
		return e.Owner
	}
	return "the queue of " + teamWord(e.RoutedTeam)
}
