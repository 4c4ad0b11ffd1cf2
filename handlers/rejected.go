package handlers

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const (
	rejectedPath   = "/rejected"
	rejectedWindow = 24 * time.Hour
)

// Rejected answers what intake refused: counts, and samples with their faults.
type Rejected struct {
	Frame  *Frame
	Read   RejectedReader
	Policy authz.Policy
}

// List answers GET /rejected.
func (h *Rejected) List(c echo.Context) error {
	source, code, ctx := c.QueryParam("source"), c.QueryParam("code"), c.Request().Context()
	page := h.Frame.Page(c, layout.NavParked, "Refused events")
	page.Lead = "What intake answered with an error: outside the books, the source may send it again corrected"
	page.Crumbs = []layout.Crumb{{Title: "Parked events", Href: unsettledHome}}
	page.Live = livePath(models.TopicExceptions, models.TopicBooks)
	counts, err := h.Read.RejectedCounts(ctx, h.Frame.Now().Add(-rejectedWindow))
	if err != nil {
		return err
	}
	all, err := h.Read.RejectedMatching(ctx, source, code)
	if err != nil {
		return err
	}
	place := readPaging(c, all)
	samples, err := h.Read.Rejected(ctx, source, code, place.part())
	if err != nil {
		return err
	}
	view := pages.Board{
		Page: page, ID: "rejected", Self: c.Request().URL.RequestURI(), HasPanel: true,
		Topics: string(models.TopicExceptions) + " " + string(models.TopicBooks),
		Lists: []pages.BoardList{
			{Title: "How often", Note: "last 24 h", Table: rejectedCounts(counts)},
			{Title: "Samples", Note: "the newest of those that were kept", Filters: rejectedBar(source, code, counts, place), Table: sampleTable(c, samples, place)},
		},
	}
	if bar := view.Lists[1].Filters; bar.ClearHref != "" {
		view.Lists[1].Table.Empty = noMatch("", *bar, bar.ClearHref)
	}
	if view.Panel, err = h.panel(c, place); err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

// panel is the sample that the address names, on whatever page it stands; nil
// when the address names none, or one that is kept no longer.
func (h *Rejected) panel(c echo.Context, place paging) (*pages.BoardPanel, error) {
	id, err := strconv.ParseInt(c.QueryParam("open"), 10, 64)
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // no sample has such a number
	}
	sample, err := h.Read.RejectedSample(c.Request().Context(), id)
	if models.CodeOf(err) == models.CodeNotFound {
		return nil, nil //nolint:nilnil // said above
	}
	if err != nil {
		return nil, err
	}
	return samplePanel(sample, sampleHref(c, place, ""), may(c, h.Policy, authz.ViewPayloads)), nil
}

func rejectedBar(source, code string, counts []models.RejectedCount, place paging) *ui.FilterBar {
	var sources, codes []string
	for _, count := range counts {
		sources, codes = append(sources, count.Source), append(codes, count.Code)
	}
	bar := &ui.FilterBar{
		Action: rejectedPath, Result: place.shown(),
		Fields: []ui.FilterField{
			{Name: "source", Label: "Source", Value: source, Options: withCurrent("All sources", sources, source)},
			{Name: "code", Label: "Kind", Value: code, Options: withCurrent("All kinds", codes, code)},
		},
	}
	if source != "" || code != "" {
		bar.ClearHref = rejectedPath
	}
	return bar
}

func rejectedCounts(counts []models.RejectedCount) ui.Table {
	table := ui.Table{
		ID: "rejected-counts", Caption: "Refused events by source, type and kind",
		Columns: []ui.Column{{Title: "Source", Fold: ui.FoldLead}, {Title: "Type", Fold: ui.FoldGrow}, {Title: "Kind"}, {Title: "Refused", Number: true, Fold: ui.FoldTrail}, {Title: "Last"}},
		Empty:   ui.Notice{Title: "Nothing was refused", Detail: "Events that break their contract are counted here, by source."},
	}
	for _, count := range counts {
		table.Rows = append(table.Rows, ui.Row{
			Href:  addressOf(rejectedPath, "source", count.Source, "code", count.Code),
			Cells: cells(ui.Text(count.Source), ui.Text(count.Type), ui.Tag(count.Code), ui.Text(ui.Count(count.Count)), ui.Since(count.LastAt)),
		})
	}
	return table
}

// sampleHref is the page with one sample opened or, without an id, with none.
func sampleHref(c echo.Context, place paging, id string) string {
	return addressOf(rejectedPath, "source", c.QueryParam("source"), "code", c.QueryParam("code"), "page", place.number(), "open", id)
}

func sampleTable(c echo.Context, samples []models.RejectedSample, place paging) ui.Table {
	table := ui.Table{
		ID: "samples", Caption: "Samples of refused events",
		Columns: []ui.Column{
			{Title: "Source's id", Fold: ui.FoldLead}, {Title: "First fault", Fold: ui.FoldGrow}, {Title: "Faults", Number: true},
			{Title: "Source"}, {Title: "Type"}, {Title: "Received", Fold: ui.FoldTrail},
		},
		Empty: ui.Notice{Title: "No sample", Detail: "Of what is refused a bounded number is kept, so that its sender can be helped."},
		Pager: place.pager(func(page string) string {
			return addressOf(rejectedPath, "source", c.QueryParam("source"), "code", c.QueryParam("code"), "page", page)
		}),
	}
	for _, s := range samples {
		first := ""
		if len(s.Errors) > 0 {
			first = faultText(s.Errors[0])
		}
		id := ui.ID(s.ID)
		table.Rows = append(table.Rows, ui.Row{
			ID: "sample-" + id, Href: sampleHref(c, place, id), Panel: true, Open: c.QueryParam("open") == id,
			Cells: cells(ui.Text(sampleName(s)), ui.Text(first), ui.Text(ui.Count(int64(len(s.Errors)))), ui.Text(s.Source), ui.Muted(s.Type), ui.Since(s.ReceivedAt)),
		})
	}
	return table
}

// sampleName is the source's id of an event, or that it has none.
func sampleName(s models.RejectedSample) string { return cmp.Or(s.EventID, "without id") }

func faultText(v models.Violation) string {
	if v.Pointer == "" {
		return v.Message
	}
	return v.Pointer + " " + v.Message
}

func samplePanel(s models.RejectedSample, closeHref string, payload bool) *pages.BoardPanel {
	faults := make([]ui.KeyValue, 0, len(s.Errors))
	for _, v := range s.Errors {
		faults = append(faults, ui.KeyValue{Key: cmp.Or(v.Pointer, "the whole"), Value: ui.Text(v.Message)})
	}
	panel := &pages.BoardPanel{
		Panel: ui.Panel{Title: "Refused: " + sampleName(s), Subtitle: s.Source + " · " + s.Type, CloseHref: closeHref},
		Parts: []pages.PanelPart{
			{Title: "What is wrong with it", Body: ui.KeyValues(faults)},
			{Title: "What helps", Body: ui.Text("The source corrects it and sends it again under the same id: a refused id is not used up.")},
		},
	}
	if payload {
		panel.Parts = append(panel.Parts, pages.PanelPart{Title: "Its body", Body: ui.Payload("As received", indented(s.Body))})
	}
	return panel
}
