package handlers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

const (
	latencyWindow = 5 * time.Minute
	overviewRisks = 8
)

// Overview answers the network's state, and draws it for all who look at it.
type Overview struct {
	Frame      *Frame
	Network    NetworkReader
	Latency    LatencyReader
	Books      BooksReader
	Exceptions ExceptionStore
	Pauses     PauseReader
	Targets    func() models.Targets // those that hold now
}

// Show answers GET /overview.
func (h *Overview) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavOverview, "Overview")
	page.Lead = "Are the systems in step, and where not"
	page.Live = livePath(models.TopicOverview)
	view, err := h.view(c.Request().Context())
	if err != nil {
		return err
	}
	view.Page = page
	return render.HTML(c, http.StatusOK, pages.OverviewPage(view))
}

// Draw is the fragment that all viewers of the overview share.
func (h *Overview) Draw(ctx context.Context, _ models.Topic) ([]byte, error) {
	view, err := h.view(ctx)
	if err != nil {
		return nil, err
	}
	return render.Bytes(h.Frame.Patch(ctx), pages.OverviewRegion(view))
}

// networkState is everything the overview is made of, read at one time.
type networkState struct {
	now       time.Time
	dcs       []models.DCState
	layers    []models.LayerState
	freshness []models.EntityFreshness
	latency   []models.LatencyCell
	books     models.Books
	risks     []models.Exception
	pauses    []ui.Notice
	targets   models.Targets
	currency  string
}

func (h *Overview) view(ctx context.Context) (pages.Overview, error) {
	state, err := h.read(ctx)
	if err != nil {
		return pages.Overview{}, err
	}
	for i := range state.pauses {
		state.pauses[i].Actions = nil // all roles look at this, and only IT may resume
	}
	return pages.Overview{
		Pauses:    state.pauses,
		Layers:    layerStrip(state.layers),
		Figures:   networkFigures(state),
		DCs:       dcTable(state),
		Freshness: freshnessTable(state.freshness, state.now),
		Risks:     riskTable(state.risks, state.now),
		Books:     booksLine(state.books.Total, state.now),
	}, nil
}

func (h *Overview) read(ctx context.Context) (networkState, error) {
	state := networkState{targets: h.Targets(), now: h.Frame.Now(), currency: h.Frame.Currency(ctx)}
	var err error
	if state.dcs, err = h.Network.DCs(ctx, ""); err != nil {
		return state, err
	}
	if state.layers, err = h.Network.Layers(ctx, ""); err != nil {
		return state, err
	}
	if state.freshness, err = h.Network.Freshness(ctx, ""); err != nil {
		return state, err
	}
	period := models.Period{From: state.now.Add(-latencyWindow), To: state.now}
	if state.latency, err = h.Latency.Matrix(ctx, models.LatencyQuery{Period: period}); err != nil {
		return state, err
	}
	if state.pauses, err = pauseNotices(ctx, h.Pauses, state.now); err != nil {
		return state, err
	}
	if state.books, err = h.Books.Read(ctx); err != nil {
		return state, err
	}
	page, err := h.Exceptions.Queue(ctx, models.ExceptionFilter{Sort: models.SortMoney, Limit: overviewRisks})
	state.risks = page.Rows
	return state, err
}

func layerStrip(states []models.LayerState) []ui.Layer {
	layers := make([]ui.Layer, 0, len(states))
	for _, s := range states {
		layer := ui.Layer{Name: layerWord(s.Layer), Health: ui.HealthGood, Note: "nothing open"}
		if s.Open > 0 {
			layer.Health, layer.Note = ui.HealthLate, models.NameSource(s.Worst, s.WorstSource)
			layer.State = ui.Count(int64(s.Open)) + " open"
			layer.Href = "/exceptions/" + ui.ID(s.WorstID)
		}
		if s.Priority == models.PriorityP1 {
			layer.Health = ui.HealthFailing
		}
		layers = append(layers, layer)
	}
	return layers
}

func booksLine(b models.BookCounts, now time.Time) ui.Books {
	return ui.Books{
		Received: b.Received, Applied: b.Applied, Superseded: b.Superseded, Parked: b.Parked,
		Discarded: b.Discarded, Pending: b.Pending, DifferenceHref: booksOffHref(0), Age: ui.Age{At: now},
	}
}

func freshnessTable(rows []models.EntityFreshness, now time.Time) ui.Heatmap {
	heat := ui.Heatmap{
		Caption: "Age of the newest row by entity and distribution centre", RowTitle: "DC",
		Key: []ui.HeatKey{{Level: ui.HeatLow, Text: "inside its window"}, {Level: ui.HeatFar, Text: "stale"}},
	}
	column, row := map[string]int{}, map[string]int{}
	for _, f := range rows {
		if _, ok := column[f.Entity]; !ok {
			column[f.Entity] = len(heat.Columns)
			heat.Columns = append(heat.Columns, entityWord(f.Entity))
		}
	}
	for _, f := range rows {
		if _, ok := row[f.DC]; !ok {
			row[f.DC] = len(heat.Rows)
			heat.Rows = append(heat.Rows, ui.HeatRow{Label: dcOrAll(f.DC), Href: dcHref(f.DC), Cells: make([]ui.HeatCell, len(heat.Columns))})
		}
		heat.Rows[row[f.DC]].Cells[column[f.Entity]] = freshnessCell(f, now)
	}
	return heat
}

func freshnessCell(f models.EntityFreshness, now time.Time) ui.HeatCell {
	age := ui.Ago(now.Sub(f.NewestAt))
	cell := ui.HeatCell{Value: age, Title: dcOrAll(f.DC) + " " + entityWord(f.Entity) + " from " + f.Source + ": " + age + " old", Level: ui.HeatNone}
	switch {
	case f.Stale(now):
		cell.Level = ui.HeatFar
		cell.Title += ", older than its window of " + ui.Took(f.Window)
		if f.Calendar != nil {
			cell.Title += " of working time, or than a cut-off allows"
		}
	case f.Window > 0:
		cell.Level = ui.HeatLow
	}
	return cell
}

// text of a figure that a viewer compares at a glance.
func seconds(d time.Duration) templ.Component { return ui.Text(ui.Took(d)) }

func layerWord(l models.Layer) string { return strings.ToUpper(string(l[:1])) + string(l[1:]) }
