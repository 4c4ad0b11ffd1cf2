package handlers

import (
	"context"
	"strconv"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
	"throughline/web/session"
)

// views are those that the reader may go to, and what keeps the list as it is shown.
func (l *Lists) views(ctx context.Context, shown models.SavedView, reader models.User) (*ui.SavedViews, error) {
	saved, err := l.Views.Views(ctx, shown.List, reader.Name, reader.Role)
	if err != nil {
		return nil, err
	}
	menu := &ui.SavedViews{Save: ui.Action{
		Label: "Save this view", URL: listsPath + "/views", Tone: ui.Quiet,
		Fields:  []ui.Field{{Name: "list", Value: shown.List}, {Name: "query", Value: shown.Query}},
		Confirm: &ui.Confirm{ID: "view-new", Title: "Save this view", Body: "It keeps the filter, the order and the columns as they are now.", Label: "Save", Inputs: viewInputs("", "", reader.Role)},
	}}
	for _, v := range saved {
		view := ui.SavedView{Name: v.Name, Href: v.Address(), Current: v.Query == shown.Query}
		switch {
		case v.Owner != reader.Name:
			view.Note = "by " + v.Owner
		case v.Role != "":
			view.Note = "shared"
		}
		if v.Owner == reader.Name {
			view.Actions = viewActions(v, reader.Role)
		}
		menu.Views = append(menu.Views, view)
	}
	return menu, nil
}

func viewActions(v models.SavedView, role models.Role) []ui.Action {
	id := strconv.FormatInt(v.ID, 10)
	address := listsPath + "/views/" + id
	return []ui.Action{
		{Label: "Change", Of: v.Name, URL: address + "/change", Tone: ui.Quiet, Confirm: &ui.Confirm{
			ID: "view-change-" + id, Title: "Change the view", Label: "Change", Inputs: viewInputs(v.Name, v.Role, role),
		}},
		{Label: "Delete", Of: v.Name, URL: address + "/delete", Tone: ui.Quiet, Confirm: &ui.Confirm{
			ID: "view-delete-" + id, Title: "Delete the view " + v.Name + "?", Body: "The rows stay as they are. Who sees the view loses it too.", Label: "Delete",
		}},
	}
}

// seenByTeam is a view that all accounts of its owner's role see.
const seenByTeam = "team"

func viewInputs(name string, seenBy, role models.Role) []ui.Input {
	seen := ""
	if seenBy != "" {
		seen = seenByTeam
	}
	return []ui.Input{
		{Name: "name", Label: "Name", Value: name},
		{Name: "seen", Label: "Seen by", Value: seen, Options: []ui.Option{
			{Value: "me", Label: "Me alone"}, {Value: seenByTeam, Label: "All with the role " + role.Word()},
		}},
	}
}

// SaveView answers POST /lists/views: the list as it stands, under a name.
func (l *Lists) SaveView(c echo.Context) error {
	return act(c, func(ctx context.Context, actor, _ string) (string, error) {
		view, err := sentView(c)
		if err != nil {
			return "", err
		}
		if view, err = view.Named(c.FormValue("name")); err != nil {
			return "", err
		}
		view.Owner, view.Role = actor, sharedWith(c)
		return "The view " + view.Name + " is saved.", l.Views.SaveView(ctx, view)
	})
}

// ChangeView answers POST /lists/views/:id/change: its name, and who sees it.
func (l *Lists) ChangeView(c echo.Context) error {
	return l.ofOwn(c, func(ctx context.Context, id int64, owner string) (string, error) {
		return "The view is changed.", l.Views.ChangeView(ctx, id, owner, c.FormValue("name"), sharedWith(c))
	})
}

// DeleteView answers POST /lists/views/:id/delete.
func (l *Lists) DeleteView(c echo.Context) error {
	return l.ofOwn(c, func(ctx context.Context, id int64, owner string) (string, error) {
		return "The view is deleted.", l.Views.DeleteView(ctx, id, owner)
	})
}

// ofOwn does something about one of the reader's own views.
func (l *Lists) ofOwn(c echo.Context, do func(ctx context.Context, id int64, owner string) (string, error)) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return models.Errorf(models.CodeNotFound, "You have no view %q.", c.Param("id"))
	}
	return act(c, func(ctx context.Context, actor, _ string) (string, error) { return do(ctx, id, actor) })
}

// sharedWith is the role whose accounts shall see the view: nobody's, or that of its owner.
func sharedWith(c echo.Context) models.Role {
	if c.FormValue("seen") != seenByTeam {
		return ""
	}
	owner, _ := session.User(c.Request().Context())
	return owner.Role
}
