package handlers

import (
	"context"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
)

// holdAction puts an event aside or, when somebody holds it, gives it free
// again; false for one that only follows another.
func holdAction(d models.EventDetail, now time.Time) (ui.Action, bool) {
	id := ui.ID(d.Seq)
	facts := []ui.Fact{{Key: "Event", Value: id}, {Key: "Held behind it", Value: ui.Count(d.HeldBehind)}}
	if hold := d.HeldAt(now); hold != nil {
		return ui.Action{Label: "Release", URL: "/events/" + id + "/release", Tone: ui.Main, Confirm: &ui.Confirm{
			ID: "release-event", Title: "Release event " + id + "?", Facts: facts, Reason: "What has changed since", Label: "Release",
			Body: "It is held " + hold.Words() + ". From then on it is tried again as any other.",
		}}, true
	}
	if d.State == "held" {
		return ui.Action{}, false
	}
	return ui.Action{Label: "Hold", URL: "/events/" + id + "/hold", Confirm: &ui.Confirm{
		ID: "hold-event", Title: "Hold event " + id + "?", Facts: facts, Reason: "Why it has to wait", Label: "Hold",
		Body:   "No retry and no bulk action touches it until the hold ends by itself or somebody releases it.",
		Inputs: []ui.Input{{Name: "for", Label: "For how long", Value: "8h", Hint: "such as 30m or 8h, 72h at most"}},
	}}, true
}

// holdNotice says who holds an event instead of what helps it.
func holdNotice(d models.EventDetail, now time.Time) *ui.Notice {
	hold, standing := d.HeldAt(now), eventStanding(d)
	if hold == nil {
		return standing
	}
	return &ui.Notice{
		Kind: ui.Stale, Title: "Held " + hold.Words(),
		Detail: standing.Title + ". Nothing touches it until then, for another " + ui.Took(hold.Ends.Sub(now).Truncate(time.Minute)) + "; somebody may release it before.",
	}
}

// Hold answers POST /events/:seq/hold.
func (h *Events) Hold(c echo.Context) error {
	seq, err := numberParam(c, "seq", "event")
	if err != nil {
		return err
	}
	length, _ := time.ParseDuration(strings.TrimSpace(c.FormValue("for"))) // what is no time is refused as none
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		now := h.Frame.Now()
		hold := models.EventHold{Seq: seq, Reason: reason, Actor: actor, Since: now, Ends: now.Add(length)}
		return "Event " + ui.ID(seq) + " is held " + hold.Words() + ".", h.Holds.Hold(ctx, hold)
	})
}

// Release answers POST /events/:seq/release.
func (h *Events) Release(c echo.Context) error {
	seq, err := numberParam(c, "seq", "event")
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		return "Event " + ui.ID(seq) + " is held no longer.", h.Holds.Release(ctx, seq, actor, reason, h.Frame.Now())
	})
}

// heldTable lists what people hold.
func heldTable(held []models.HeldEvent, now time.Time) ui.Table {
	table := ui.Table{
		ID: "held-events", Caption: "Events that people hold, what ends first in front",
		Columns: []ui.Column{
			{Title: "Event", Fold: ui.FoldLead}, {Title: "Held by"}, {Title: "Why it is held", Fold: ui.FoldGrow}, {Title: "Until"},
			{Title: "Left", Fold: ui.FoldTrail}, {Title: "State"}, {Title: "Did not pass because"}, {Title: "Item"}, {Title: "DC"}, {Title: "Received"},
		},
	}
	for _, e := range held {
		id := ui.ID(e.Seq)
		table.Rows = append(table.Rows, ui.Row{ID: "held-" + id, Href: eventPath(e.Seq), Cells: cells(
			ui.Text(id), ui.Text(e.Actor), ui.Text(e.Reason), ui.Text(e.Ends.UTC().Format("2 Jan 15:04 UTC")),
			ui.Text(ui.Took(e.Ends.Sub(now).Truncate(time.Minute))), ui.Text(e.State), ui.Text(e.Cause), ui.Text(e.Item), ui.Text(e.DC), ui.Since(e.ReceivedAt))})
	}
	return table
}
