package handlers

import (
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
	"throughline/web/session"
)

// picks lets whoever may work on a queue tick its rows: it gives the bar of what
// is done with them, nil for the others, for rows that are no exceptions and for
// those of every team, which nobody works on together.
func (h *Exceptions) picks(c echo.Context, kind queueKind, f queueFilter, rows *ui.Table) (*ui.PickBar, error) {
	ctx := c.Request().Context()
	reader, _ := session.User(ctx)
	if len(h.Policy.WorkTeams(reader.Role)) == 0 || len(rows.Rows) == 0 || f.view == viewCauses || f.every() {
		return nil, nil //nolint:nilnil // nothing to tick is no fault
	}
	bar := &ui.PickBar{
		Form: "picks", Action: triageHome, Fields: []ui.Field{{Name: "list", Value: kind.path}, {Name: "query", Value: c.QueryString()}},
		OnPage: "of " + ui.Count(int64(len(rows.Rows))) + " on this page", NoAll: "filter the list to choose all that match",
		Buttons: []ui.PickButton{
			{Label: "Acknowledge", Value: string(models.ActionAcknowledge), Key: "a"}, {Label: "Assign", Value: string(models.ActionAssign), Key: "m"},
			{Label: "Shelve", Value: string(models.ActionShelve), Key: "s"},
		},
	}
	rows.Selectable, rows.PickForm = true, bar.Form
	query := f.query(kind, reader.Name)
	if !query.Narrowed() {
		return bar, nil
	}
	all, err := h.Store.Matching(ctx, query)
	if err != nil {
		return nil, err
	}
	bar.All = "all " + ui.Count(all) + " that match"
	if all > models.MaxTriage {
		bar.All, bar.NoAll = "", ui.Count(all)+" match, and at most "+ui.Count(models.MaxTriage)+" are changed at once: narrow the list to choose them all"
	}
	return bar, nil
}
