package handlers

import (
	"context"
	"fmt"
	"strconv"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
)

// undoAction takes back the change that left the exception as it is.
func undoAction(e models.Exception) *ui.Action {
	id := strconv.FormatInt(e.ID, 10)
	return &ui.Action{
		Label: undoLabel(), Of: "exception " + id, URL: "/exceptions/" + id + "/undo",
		Fields: []ui.Field{{Name: "version", Value: strconv.Itoa(e.Version)}},
	}
}

func undoLabel() string { return fmt.Sprintf("Undo within %.0f s", models.UndoWindow.Seconds()) }

// Undo answers POST /exceptions/:id/undo: what the reader just did is taken back
// unless somebody changed the exception meanwhile.
func (h *Exceptions) Undo(c echo.Context) error {
	id, err := idParam(c)
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(c.FormValue("version"))
	if err != nil {
		return models.Errorf(models.CodeInvalid, "The form lacks the version it was made from: load the page again.")
	}
	return act(c, func(ctx context.Context, actor, _ string) (string, error) {
		undone, err := h.Store.Undo(ctx, id, version, actor)
		return "Undone: exception " + strconv.FormatInt(id, 10) + " is " + undone.StateAt(h.Frame.Now()).Word() + " again.", err
	})
}
