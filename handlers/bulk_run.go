package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"
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

// List answers GET /bulk.
func (h *Bulk) List(c echo.Context) error {
	runs, err := h.Read.List(c.Request().Context(), bulkRunsRead)
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavParked, "Bulk actions")
	page.Lead = "What was done with many events at once, and how far it is"
	page.Crumbs = []layout.Crumb{{Title: "Parked events", Href: unsettledHome}}
	page.Live = livePath(models.TopicBooks)
	table := ui.Table{
		ID: "runs", Caption: "Bulk actions, the newest first",
		Columns: []ui.Column{{Title: "Number", Fold: ui.FoldLead}, {Title: "Action", Fold: ui.FoldGrow}, {Title: "Status", Fold: ui.FoldTrail}, {Title: "Matched", Number: true}, {Title: "Done", Number: true}, {Title: "Failed", Number: true}, {Title: "By"}, {Title: "Planned"}},
		Empty:   ui.Notice{Title: "No bulk action yet", Detail: "Choose events on the page of parked events, then plan one."},
	}
	for _, run := range runs {
		table.Rows = append(table.Rows, ui.Row{ID: "run-" + ui.ID(run.ID), Href: bulkHome + "/" + ui.ID(run.ID), Cells: cells(ui.Text(ui.ID(run.ID)),
			ui.Text(string(run.Action)+": "+filterWords(run.Filter)), ui.Text(string(run.Status)), ui.Text(ui.Count(int64(run.Matched))), ui.Text(ui.Count(int64(run.Done))),
			ui.Text(ui.Count(int64(run.Failed))), ui.Text(run.Actor), ui.Since(run.CreatedAt))})
	}
	view := pages.Board{Page: page, ID: "bulk", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicBooks), Lists: []pages.BoardList{
		{Title: "Bulk actions", Beside: ui.ButtonLink(bulkHome+"/new", "Plan one", ui.Plain), Table: table},
	}}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

// Show answers GET /bulk/:id.
func (h *Bulk) Show(c echo.Context) error {
	id, err := numberParam(c, "id", "bulk action")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	run, err := h.Read.Get(ctx, id)
	if err != nil {
		return err
	}
	audit, err := h.Read.AuditIDs(ctx, id)
	if err != nil {
		return err
	}
	after, _ := strconv.ParseInt(c.QueryParam("after"), 10, 64) // what is no number begins at the start
	failed := c.QueryParam("show") == "failed"
	items, err := h.Read.Items(ctx, id, failed, after, bulkRows+1)
	if err != nil {
		return err
	}
	actions, err := h.runActions(ctx, run)
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavParked, "Bulk action "+ui.ID(id))
	page.Lead = string(run.Action) + " of " + counted(int64(run.Matched), "event") + ": " + run.Reason
	page.Crumbs = []layout.Crumb{{Title: "Parked events", Href: unsettledHome}, {Title: "Bulk actions", Href: bulkHome}}
	page.Live = livePath(models.TopicBooks)
	view := pages.Board{
		Page: page, ID: "bulk", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicBooks), Notice: failsAgain(run), Figures: runFigures(run, h.Frame.Now()),
		Lists: []pages.BoardList{
			{Title: "Plan and preview", Note: "as counted when it was planned", Beside: ui.Actions(actions), Table: bulkFacts(run, audit)},
			{Title: "Events", Tabs: runTabs(run, failed), Table: itemTable(run, items, failed, after)},
		},
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

// runFigures are how far the run is now, and what its preview counted when it was planned.
func runFigures(run models.BulkRun, now time.Time) []ui.Number {
	number := func(id, label string, n int64, note string, at time.Time) ui.Number {
		return ui.Number{ID: id, Label: label, Value: ui.Count(n), Unit: nounOf(n, "event"), Note: note, Age: ui.Age{At: at}}
	}
	planned := func(id, label string, n int64, note string) ui.Number {
		return number(id, label, n, note+", when it was planned", run.CreatedAt)
	}
	failed := number("failed", "Failed", int64(run.Failed), "stops above "+strconv.Itoa(run.Stop)+" %", now)
	failed.Href = bulkHome + "/" + ui.ID(run.ID) + "?show=failed"
	if run.Status == models.BulkStopped {
		failed.Missed = ui.P2
	}
	status := ui.Number{ID: "status", Label: "Status", Value: string(run.Status), Note: run.Note, Age: ui.Age{At: now}}
	return []ui.Number{
		status, planned("matched", "Matched", int64(run.Matched), "by its filter"), number("done", "Done", int64(run.Done), "", now), failed,
		planned("superseded", "Already superseded", run.Preview.Superseded, "a newer version stands"),
		planned("orders", "May make orders", run.Preview.Orders, "of recommendations"),
		planned("duplicates", "Id used twice", run.Preview.Duplicates, "other content came before"),
		planned("on-hold", "Held by a person", run.Preview.Held, "left alone"),
	}
}

func bulkFacts(run models.BulkRun, audit []int64) ui.Table {
	same := func(s string) string { return s }
	dc := func(s string) string {
		if s == "" {
			return "no DC"
		}
		return s
	}
	facts := []ui.Fact{
		{Key: "Planned at", Value: run.CreatedAt.UTC().Format("2 Jan 2006 15:04:05 UTC")}, {Key: "Filter", Value: filterWords(run.Filter)},
		{Key: "By kind", Value: tallied(run.Preview.ByCode, same)}, {Key: "By DC", Value: tallied(run.Preview.ByDC, dc)},
		{Key: "By age", Value: tallied(run.Preview.ByAge, ageWords)},
		{Key: "Trial of the first, no effect", Value: tallied(run.Preview.Trial, same)},
		{Key: "Canary", Value: counted(int64(run.Canary), "event") + goOnWords(run.GoOn)},
		{Key: "Rate", Value: "at most " + counted(int64(run.Rate), "event") + " a second"},
		{Key: "Stop rule", Value: "more than " + strconv.Itoa(run.Stop) + " % failed since the last go-ahead"},
		{Key: "Patch", Value: run.Patch}, {Key: "Planned by", Value: run.Actor + ": " + run.Reason},
	}
	table := ui.Table{ID: "plan", Caption: "The plan and its preview", Wraps: true, Columns: []ui.Column{{Title: "What", Fold: ui.FoldLead}, {Title: "Value", Fold: ui.FoldGrow}}}
	for _, fact := range facts {
		if fact.Value != "" {
			table.Rows = append(table.Rows, ui.Row{Cells: cells(ui.Text(fact.Key), ui.Text(fact.Value))})
		}
	}
	table.Rows = append(table.Rows, ui.Row{Cells: cells(ui.Text("Audit rows"), auditLinks("bulk:"+ui.ID(run.ID), audit))})
	return table
}

// auditLinks lead to single audit rows of a subject.
func auditLinks(subject string, ids []int64) templ.Component {
	links := make([]templ.Component, 0, 2*len(ids))
	for _, id := range ids {
		row := auditFilter{model: models.AuditFilter{Subject: subject}}.opening(ui.ID(id))
		links = append(links, ui.Link(row.address(), ui.ID(id)), ui.Text(" "))
	}
	return templ.Join(links...)
}

func goOnWords(byItself bool) string {
	if byItself {
		return ", then on by itself if all succeeded"
	}
	return ", then it waits for a person"
}

func runTabs(run models.BulkRun, failed bool) []ui.Tab {
	path := bulkHome + "/" + ui.ID(run.ID)
	return []ui.Tab{
		{Title: "All", Count: ui.Count(int64(run.Matched)), Href: path, Current: !failed},
		{Title: "Failed", Count: ui.Count(int64(run.Failed)), Href: path + "?show=failed", Current: failed},
	}
}

func itemTable(run models.BulkRun, items []models.BulkItem, failed bool, after int64) ui.Table {
	path := bulkHome + "/" + ui.ID(run.ID) + "?"
	if failed {
		path += "show=failed&"
	}
	table := ui.Table{
		ID: "items", Caption: "Events of the bulk action",
		Columns: []ui.Column{
			{Title: "Event", Fold: ui.FoldLead}, {Title: "Item"}, {Title: "DC"}, {Title: "Why", Fold: ui.FoldGrow, Breaks: true, Help: "Why it waits, or what came of it"},
			{Title: "Outcome", Fold: ui.FoldTrail}, {Title: "When", Said: true},
		},
		Empty: ui.Notice{Title: "None", Detail: "Events appear here with what came of each."},
	}
	if after > 0 || len(items) > bulkRows {
		table.Pager = &ui.Pager{Shown: counted(int64(min(len(items), bulkRows)), "event") + " on this page"}
	}
	for i, item := range items {
		if i == bulkRows {
			table.Pager.NextHref = path + "after=" + ui.ID(items[i-1].Seq)
			break
		}
		outcome, why, when := ui.Muted("not yet"), item.Waits, ui.Muted("–")
		switch {
		case item.DoneAt != nil:
			outcome, why, when = ui.Text(item.Outcome), item.Reason, ui.Since(*item.DoneAt)
		case run.Status == models.BulkCancelled:
			outcome = ui.Text("left alone")
			why = strings.TrimSpace("The bulk action was cancelled before its turn. " + item.Waits)
		case item.Waits == "":
			why = "It was settled meanwhile."
		}
		table.Rows = append(table.Rows, ui.Row{ID: "item-" + ui.ID(item.Seq), Href: "/events/" + ui.ID(item.Seq), Cells: cells(ui.Text(ui.ID(item.Seq)), ui.Text(item.Item), ui.Text(item.DC), ui.Text(why), outcome, when)})
	}
	return table
}

// runActions ask with what is so now: a draft may be older than what came since.
func (h *Bulk) runActions(ctx context.Context, run models.BulkRun) ([]ui.Action, error) {
	if run.Status.Ended() {
		return nil, nil
	}
	path, left := bulkHome+"/"+ui.ID(run.ID), int64(run.Matched-run.Done)
	facts := []ui.Fact{{Key: "Action", Value: string(run.Action)}, {Key: "Left", Value: counted(left, "event")}, {Key: "Failed so far", Value: ui.Count(int64(run.Failed))}}
	var actions []ui.Action
	label := map[models.BulkStatus]string{
		models.BulkDraft: "Start with " + ui.Count(min(int64(run.Canary), left)), models.BulkWaiting: "Go on with " + ui.Count(left), models.BulkStopped: "Go on with " + ui.Count(left),
	}[run.Status]
	if label != "" {
		fresh, stand, err := h.Read.PreviewLeft(ctx, run.ID)
		if err != nil {
			return nil, err
		}
		facts := append(slices.Clone(facts),
			ui.Fact{Key: "Planned", Value: ui.Took(h.Frame.Now().Sub(run.CreatedAt).Truncate(time.Second)) + " ago"},
			ui.Fact{Key: "Of those left, not passed yet now", Value: ui.Count(stand)},
			ui.Fact{Key: "Superseded now", Value: ui.Count(fresh.Superseded)}, ui.Fact{Key: "May make orders now", Value: ui.Count(fresh.Orders)},
			ui.Fact{Key: "Held by a person now", Value: ui.Count(fresh.Held)})
		if failing, tried := run.Preview.WouldFail(); failing > 0 && run.Status == models.BulkDraft {
			facts = append(facts, ui.Fact{Key: "Would fail again", Value: ui.Count(failing) + " of " + ui.Count(tried) + " tried when it was planned"})
		}
		actions = append(actions, ui.Action{Label: label, URL: path + "/go-on", Tone: ui.Main, Confirm: &ui.Confirm{
			ID: "go-on-run", Title: label + " of " + counted(int64(run.Matched), "event") + "?", Facts: facts, Reason: "Why it may go on", Label: label,
			Body: "Each event goes through the same rules as a single one. It can be cancelled at any moment; what is done stays done.",
		}})
	}
	return append(actions, ui.Action{Label: "Cancel it", URL: path + "/cancel", Tone: ui.Danger, Confirm: &ui.Confirm{
		ID: "cancel-run", Title: "Cancel bulk action " + ui.ID(run.ID) + "?", Facts: facts, Reason: "Why it ends here", Label: "Cancel it",
		Body: "What is done stays done; the rest stays as it is.",
	}}), nil
}

// GoOn answers POST /bulk/:id/go-on.
func (h *Bulk) GoOn(c echo.Context) error {
	id, err := numberParam(c, "id", "bulk action")
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		status, err := h.Operate.GoOn(ctx, id, actor, reason)
		return "Bulk action " + ui.ID(id) + " goes on: " + string(status) + ".", err
	})
}

// Cancel answers POST /bulk/:id/cancel.
func (h *Bulk) Cancel(c echo.Context) error {
	id, err := numberParam(c, "id", "bulk action")
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		return "Bulk action " + ui.ID(id) + " is cancelled.", h.Operate.Cancel(ctx, id, actor, reason)
	})
}
