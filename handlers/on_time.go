package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const onTimePath = influencePath + "/on-time"

// OnTime answers whether forecast revisions reach replenishment within their
// windows. Consumer is the replenishment engine's subscription.
type OnTime struct {
	Frame    *Frame
	Read     OnTimeReader
	Windows  func(dc string) models.RevisionWindow // those that hold now
	DCs      DCLister
	Policy   authz.Policy
	Consumer string
}

// OnTimeReader reads which material revisions kept their windows.
type OnTimeReader interface {
	OnTime(ctx context.Context, q models.OnTimeQuery) ([]models.OnTime, error)
	LateRevisions(ctx context.Context, q models.OnTimeQuery, part models.Part) ([]models.LateRevision, error)
}

// Show answers GET /influence/on-time.
func (h *OnTime) Show(c echo.Context) error {
	nav := layout.NavWindows
	if may(c, h.Policy, authz.PlanDay) {
		nav = layout.NavInfluence
	}
	page := h.Frame.Page(c, nav, "Forecast revisions on time")
	page.Lead = "Whether material revisions reach replenishment, and an evaluation, within their windows"
	page.Live = livePath(models.TopicOverview, models.TopicRoutes)
	ctx, dc, period := c.Request().Context(), c.QueryParam("dc"), periodOf(c)
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	now := h.Frame.Now()
	query := models.OnTimeQuery{Period: models.Period{From: now.Add(-period.span), To: now}, Consumer: h.Consumer, Clock: h.Frame.Clock()}
	for _, name := range dcs {
		if dc == "" || name == dc {
			query.Windows = append(query.Windows, h.Windows(name))
		}
	}
	shares, err := h.Read.OnTime(ctx, query)
	if err != nil {
		return err
	}
	all := onTimeOfAll(shares)
	place := readPaging(c, all.Late)
	late, err := h.Read.LateRevisions(ctx, query, place.part())
	if err != nil {
		return err
	}
	bar := onTimeBar(dcs, dc, period)
	rows := lateTable(late)
	rows.Pager = place.pager(func(page string) string { return addressOf(onTimePath, "period", period.name, "dc", dc, "page", page) })
	topics := string(models.TopicOverview) + " " + string(models.TopicRoutes)
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "on-time", Self: c.Request().URL.RequestURI(), Topics: topics, Figures: onTimeFigures(all, now),
		Lists: []pages.BoardList{
			{Title: "Windows", Note: "revisions published in the period that changed the picture, real time", Filters: &bar, Table: onTimeTable(shares, period.name)},
			{Title: "Late revisions", Note: "the newest first; what is still missing is coloured", Table: rows},
		},
	}))
}

func onTimeOfAll(shares []models.OnTime) models.OnTime {
	var all models.OnTime
	for _, s := range shares {
		all.Revisions, all.Late = all.Revisions+s.Revisions, all.Late+s.Late
		all.Delivery, all.Evaluation = all.Delivery.Plus(s.Delivery), all.Evaluation.Plus(s.Evaluation)
	}
	return all
}

func onTimeFigures(all models.OnTime, now time.Time) []ui.Number {
	age := ui.Age{At: now}
	return []ui.Number{
		{Label: "Delivered in time", Value: shareText(all.Delivery), Note: keptNote(all.Delivery), Age: age},
		{Label: "Evaluated in time", Value: shareText(all.Evaluation), Note: keptNote(all.Evaluation), Age: age},
		{Label: "Late", Value: ui.Count(all.Late), Unit: "revisions", Note: "of " + ui.Count(all.Revisions) + ", on either way", Age: age},
	}
}

func shareText(k models.Promises) string {
	share, due := k.Share()
	if !due {
		return ""
	}
	return ui.Percent(share)
}

func keptNote(k models.Promises) string {
	note := ui.Count(k.InTime) + " of " + ui.Count(k.InTime+k.Late) + " that fell due"
	if k.Open > 0 {
		note += ", " + ui.Count(k.Open) + " within their window"
	}
	return note
}

func onTimeBar(dcs []string, dc string, period chosenPeriod) ui.FilterBar {
	bar := ui.FilterBar{Action: onTimePath, Fields: []ui.FilterField{
		periodField(period),
		{Name: "dc", Label: "DC", Value: dc, Options: textOptions("All", dcs)},
	}}
	if dc != "" {
		bar.ClearHref = addressOf(onTimePath, "period", period.name)
	}
	return bar
}

func onTimeTable(shares []models.OnTime, period string) ui.Table {
	table := ui.Table{
		ID: "windows", Caption: "Share of forecast revisions on time by DC",
		Columns: []ui.Column{
			{Title: "DC", Fold: ui.FoldLead}, {Title: "Revisions", Number: true},
			{Title: "Deliver within", Number: true, Help: "From publication until replenishment holds it: the latency target of forecasts at the DC"},
			{Title: "Delivered in time", Number: true, Fold: ui.FoldTrail}, {Title: "Late", Number: true}, {Title: "Within it", Number: true, Help: "Not delivered, and the window lasts"},
			{Title: "Evaluate within", Number: true, Help: "From its effect here until an evaluation stands on it or a newer one; of a calendar's working time where one is named"},
			{Title: "Evaluated in time", Number: true}, {Title: "Late", Number: true}, {Title: "Within it", Number: true, Help: "Not evaluated, and the window lasts"},
		},
		Empty: ui.Notice{Title: "No DC is known yet", Detail: "Each DC appears with its master record."},
	}
	for _, s := range shares {
		table.Rows = append(table.Rows, ui.Row{
			ID: "window-" + s.DC, Href: addressOf(onTimePath, "period", period, "dc", s.DC), Cells: cells(
				ui.Text(s.DC), ui.Text(ui.Count(s.Revisions)),
				ui.Text(ui.Took(s.Delivered)), ui.Text(orDash(shareText(s.Delivery), shareText(s.Delivery) != "")), ui.Text(ui.Count(s.Delivery.Late)), ui.Muted(ui.Count(s.Delivery.Open)),
				ui.Text(inTimeOf(s.Evaluated, s.Calendar)), ui.Text(orDash(shareText(s.Evaluation), shareText(s.Evaluation) != "")), ui.Text(ui.Count(s.Evaluation.Late)), ui.Muted(ui.Count(s.Evaluation.Open))),
		})
	}
	return table
}

// inTimeOf is a window, and in whose working time it runs.
func inTimeOf(window time.Duration, calendar string) string {
	if calendar == "" {
		return ui.Took(window)
	}
	return ui.Took(window) + " of " + calendar
}

func lateTable(late []models.LateRevision) ui.Table {
	table := ui.Table{
		ID: "late", Caption: "Forecast revisions that were late",
		Columns: []ui.Column{
			{Title: "Revision", Fold: ui.FoldLead}, {Title: "Item", Fold: ui.FoldGrow}, {Title: "DC"}, {Title: "Published"},
			{Title: "Delivered after", Number: true, Help: "Of its publication"}, {Title: "Evaluated after", Number: true, Help: "Of its effect here", Fold: ui.FoldTrail},
		},
		Empty: ui.Notice{Title: "None was late", Detail: "A revision appears here when it is delivered or evaluated after its window, or not at all."},
	}
	for _, r := range late {
		id := ui.ID(r.Revision)
		table.Rows = append(table.Rows, ui.Row{
			ID: "late-" + r.Item + "-" + r.DC + "-" + id, Href: chainPath(r.Item + "@" + r.DC + "#" + id), Cells: cells(
				ui.Text(id), ui.Named(r.Item, r.Description), ui.Text(r.DC), ui.Since(r.PublishedAt),
				afterCell(r.PublishedAt, r.DeliveredAt, r.Undelivered), afterCell(r.AppliedAt, r.EvaluatedAt, r.Unevaluated)),
		})
	}
	return table
}

// afterCell is how long a step took; what is overdue and still missing is coloured.
func afterCell(from time.Time, to *time.Time, late bool) templ.Component {
	switch {
	case to == nil && late:
		return ui.Change("overdue", ui.P3)
	case to == nil:
		return ui.Muted("not yet")
	case late:
		return ui.Text(ui.Took(to.Sub(from)) + ", late")
	}
	return ui.Muted(ui.Took(to.Sub(from)))
}
