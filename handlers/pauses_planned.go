package handlers

import (
	"context"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
)

// plannedTable lists what is to be paused, the next first.
func (h *Pauses) plannedTable(planned []models.Pause, operate bool) ui.Table {
	table := ui.Table{
		ID: "planned-pauses", Caption: "Planned pauses, the next first",
		Columns: []ui.Column{
			{Title: "Name", Fold: ui.FoldLead}, {Title: "Kind"}, {Title: "Starts", Fold: ui.FoldTrail}, {Title: "From"}, {Title: "Lasts"},
			{Title: "By"}, {Title: "Why", Fold: ui.FoldGrow}, {Title: ""},
		},
		Empty: ui.Notice{Title: "Nothing is planned", Detail: "A pause with a time to come begins and ends by itself: press Plan beside what is to be paused."},
	}
	now := h.Frame.Now()
	for _, p := range planned {
		what, button := pausableOf(p), ui.Muted("")
		if operate {
			button = ui.ActionButton(cancelAction(p))
		}
		table.Rows = append(table.Rows, ui.Row{ID: "planned-" + ui.ID(p.ID), Cells: cells(
			ui.Text(what.label()), ui.Muted(string(p.Kind)), ui.Text(startsIn(p, now)), ui.Text(p.Since.UTC().Format("2 Jan 15:04 UTC")), ui.Text(ui.Took(p.Lasts())),
			ui.Text(p.Actor), ui.Text(p.Reason), button)})
	}
	return table
}

func startsIn(p models.Pause, now time.Time) string {
	return "in " + ui.Took(p.Since.Sub(now).Truncate(time.Second))
}

func planAction(p pausable, now time.Time) ui.Action {
	return ui.Action{Label: "Plan", Tone: ui.Quiet, Of: p.title(), URL: pauseHref(p) + "/plan", Confirm: &ui.Confirm{
		ID: "plan-" + p.id(), Title: "Plan a pause of " + p.title() + "?", Body: p.effect() + " It begins and ends by itself.", Reason: "Why", Label: "Plan",
		Inputs: []ui.Input{
			{Name: "from", Label: "From", Value: now.UTC().Truncate(time.Hour).Add(time.Hour).Format(planLayout), Hint: "UTC, such as 2026-03-02 22:00, 30 days ahead at most"},
			{Name: "for", Label: "For how long", Value: "1h", Hint: "such as 30m or 8h, 168h at most"},
		},
	}}
}

func cancelAction(p models.Pause) ui.Action {
	id, what := ui.ID(p.ID), pausableOf(p)
	return ui.Action{Label: "Cancel", Of: "the planned pause of " + what.title(), URL: pausesPath + "/planned/" + id + "/cancel", Confirm: &ui.Confirm{
		ID: "cancel-pause-" + id, Title: "Cancel the planned pause of " + what.title() + "?", Reason: "What has changed", Label: "Cancel it",
		Facts: []ui.Fact{{Key: "From", Value: p.Since.UTC().Format("2 Jan 15:04 UTC")}, {Key: "Lasts", Value: ui.Took(p.Lasts())}},
	}}
}

// Plan answers POST /pauses/:kind/:name/plan.
func (h *Pauses) Plan(c echo.Context) error {
	now := h.Frame.Now()
	from, err := planTime(c.FormValue("from"))
	if err != nil {
		return err
	}
	length, err := pauseLength(c.FormValue("for"))
	if err != nil {
		return err
	}
	what, err := h.named(c)
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		ends := from.Add(length)
		planned, err := h.Operate.Plan(ctx, models.Pause{Kind: what.kind, Name: what.name, Reason: reason, Actor: actor, Since: from, Ends: &ends}, now)
		return "Planned: " + what.title() + " pauses " + startsIn(planned, now) + " for " + ui.Took(length) + ".", err
	})
}

// Cancel answers POST /pauses/planned/:id/cancel.
func (h *Pauses) Cancel(c echo.Context) error {
	id, err := numberParam(c, "id", "planned pause")
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		return "Cancelled: the pause does not begin.", h.Operate.Cancel(ctx, id, actor, reason, h.Frame.Now())
	})
}

const planLayout = "2006-01-02 15:04"

// planTime reads when a planned pause begins: a minute in UTC, or RFC 3339.
func planTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{planLayout, "2006-01-02T15:04", time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil && at.Year() > 0 {
			return at, nil
		}
	}
	return time.Time{}, models.Errorf(models.CodeInvalid, "Say from when: a minute in UTC such as 2026-03-02 22:00, or an RFC 3339 time.")
}

// plannedNotice tells who looks at the flow what is going to be paused.
func plannedNotice(planned []models.Pause, now time.Time) *ui.Notice {
	if len(planned) == 0 {
		return nil
	}
	var lines []string
	for _, p := range planned {
		lines = append(lines, pausableOf(p).start()+", starts "+startsIn(p, now)+", lasts "+ui.Took(p.Lasts())+", by "+p.Actor+": "+p.Reason)
	}
	return &ui.Notice{Kind: ui.Planned, Title: counted(int64(len(planned)), "pause") + " planned", Detail: strings.Join(lines, " · "), Actions: pausesLink()}
}
