package handlers

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

// FaultBoard breaks the demo and knows what is broken.
type FaultBoard interface {
	Faults(ctx context.Context) (models.FaultBoard, error)
	Break(ctx context.Context, name string) (models.FaultEntry, error)
}

const (
	navFaults  = "faults"
	faultsPath = "/break-something"
	faultLog   = 20
)

// Faults is the panel that breaks something, in the demo only.
type Faults struct {
	Frame *Frame
	Board FaultBoard
}

// Show answers GET /break-something.
func (h *Faults) Show(c echo.Context) error {
	page := h.Frame.Page(c, navFaults, "Break something")
	page.Lead = "Each button breaks the demo distributor as real life would. Watch the tower notice and explain it, and heal what it can."
	page.Live = livePath(models.TopicExceptions)
	board, err := h.Board.Faults(c.Request().Context())
	if err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.FaultsPage(faultsView(page, board)))
}

// Break answers POST /break-something/:fault.
func (h *Faults) Break(c echo.Context) error {
	entry, err := h.Board.Break(c.Request().Context(), c.Param("fault"))
	if err != nil {
		return err
	}
	if !render.IsHTMX(c.Request()) {
		return c.Redirect(http.StatusSeeOther, faultsPath)
	}
	text := faultTitle(entry.Name) + ": " + faultDone(entry.Name)
	if entry.Target != "" {
		text += " (" + entry.Target + ")"
	}
	c.Response().Header().Set("HX-Trigger", "refresh")
	return render.HTML(c, http.StatusOK, ui.ToastPatch(ui.Toast{Text: text + "."}))
}

// faultDone says what a press did: all buttons break something but the one that
// sends what two others held back.
func faultDone(name string) string {
	if name == "found-events" {
		return "what was held back is sent"
	}
	return "it is broken"
}

func faultsView(page layout.Page, board models.FaultBoard) pages.Faults {
	view := pages.Faults{Page: page}
	for _, f := range board.Faults {
		shown := ui.Fault{
			Action: ui.Action{Label: faultTitle(f.Name), URL: faultsPath + "/" + f.Name},
			Effect: f.Description, Ends: faultEnds(f.Name), Rate: faultRate(f.RatePerDay),
		}
		if f.State == "active" && f.EndsAt != nil {
			shown.Running = "broken until " + models.Instant(*f.EndsAt)
		}
		view.Faults = append(view.Faults, shown)
	}
	for _, e := range board.Log[:min(len(board.Log), faultLog)] {
		by := "by itself"
		if e.Cause == "request" {
			by = "by a button"
		}
		view.Log = append(view.Log, ui.TimelineItem{At: e.StartedAt, Title: faultTitle(e.Name), Actor: by, Detail: e.Target})
	}
	return view
}

// faultTitle is a name as people read it: "erp-down" is "ERP down".
func faultTitle(name string) string {
	words := strings.ReplaceAll(name, "-", " ")
	for _, short := range []string{"erp", "dc"} {
		words = strings.ReplaceAll(" "+words+" ", " "+short+" ", " "+strings.ToUpper(short)+" ")
		words = strings.TrimSpace(words)
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
