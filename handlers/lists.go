package handlers

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
	"throughline/web/session"
)

const listsPath = "/lists"

// ListKeeper holds how accounts arrange the lists of their pages, each named by
// the path of its page.
type ListKeeper interface {
	Hidden(ctx context.Context, account, list string) (models.ColumnNames, error)
	Hide(ctx context.Context, account, list string, columns models.ColumnNames) error
}

// ViewKeeper holds the views of lists that people saved.
type ViewKeeper interface {
	Views(ctx context.Context, list, account string, role models.Role) ([]models.SavedView, error)
	SaveView(ctx context.Context, v models.SavedView) error
	ChangeView(ctx context.Context, id int64, owner, name string, role models.Role) error
	DeleteView(ctx context.Context, id int64, owner string) error
}

// Lists answers what people do with the columns and views of lists, and draws
// lists as each reader wants them.
type Lists struct {
	Keep  ListKeeper
	Views ViewKeeper
}

// isList tells whether a path is that of a page whose list people arrange.
func isList(path string) bool {
	return slices.Contains([]string{
		procurementQueue.path, planningQueue.path, itQueue.path, approvalPath, orderDeskPath, confirmationsPath, influencePath, unsettledHome, reconciliationHome, auditPath,
	}, path)
}

// arrange draws tables of the page's list as the reader wants them, and puts
// beside their filter what changes that. Columns that the address does not name
// are as the reader last chose them.
func (l *Lists) arrange(c echo.Context, a arrangement, bar *ui.FilterBar, tables ...*ui.Table) error {
	ctx, list := c.Request().Context(), c.Request().URL.Path
	reader, _ := session.User(ctx)
	if a.hide == "" {
		var err error
		if a.hide, err = l.Keep.Hidden(ctx, reader.Name, list); err != nil {
			return err
		}
	}
	shown, err := shownView(c, a)
	if err != nil {
		return err
	}
	bar.Tools = &ui.ListTools{}
	if choices := tables[0].Choices(a.hide.Has); len(choices) > 0 {
		bar.Tools.Columns = &ui.ColumnChooser{
			Action: listsPath + "/columns", Choices: choices, Fields: []ui.Field{{Name: "list", Value: list}, {Name: "query", Value: shown.Query}},
		}
	}
	if bar.Tools.Views, err = l.views(ctx, shown, reader); err != nil {
		return err
	}
	for _, table := range tables {
		a.arrange(c, table)
		*table = table.Without(a.hide.Has)
	}
	bar.Tools.Sort = tables[0].Columns
	return nil
}

// shownView is the list as it stands before the reader.
func shownView(c echo.Context, a arrangement) (models.SavedView, error) {
	shown := maps.Clone(c.QueryParams()) // which echo keeps
	shown.Del("hide")
	if a.hide != "" {
		shown.Set("hide", string(a.hide))
	}
	return models.SavedView{List: c.Request().URL.Path}.Showing(shown.Encode())
}

// Columns answers POST /lists/columns: the reader's choice is remembered, and
// the address that follows holds it.
func (l *Lists) Columns(c echo.Context) error {
	view, err := sentView(c)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return models.Wrap(models.CodeInvalid, err, "The form could not be read.")
	}
	left := slices.DeleteFunc(form["column"], func(name string) bool { return slices.Contains(form["show"], name) })
	hidden := models.ParseColumnNames(strings.Join(left, ","))
	reader, _ := session.User(c.Request().Context())
	if err := l.Keep.Hide(c.Request().Context(), reader.Name, view.List, hidden); err != nil {
		return err
	}
	values, err := url.ParseQuery(view.Query)
	if err != nil {
		return models.Wrap(models.CodeInvalid, err, "The address of the list could not be read: load the page again.")
	}
	values.Del("hide")
	if hidden != "" {
		values.Set("hide", string(hidden))
	}
	view.Query = values.Encode()
	return c.Redirect(http.StatusSeeOther, view.Address())
}

// sentView is the list that a form was made from, as it stood then.
func sentView(c echo.Context) (models.SavedView, error) {
	view := models.SavedView{List: c.FormValue("list")}
	if !isList(view.List) {
		return view, models.Errorf(models.CodeInvalid, "There is no list %q.", view.List)
	}
	return view.Showing(c.FormValue("query"))
}
