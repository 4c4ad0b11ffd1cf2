package handlers

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/form"
	"throughline/web/render"
	"throughline/web/session"
)

const (
	bulkHome     = "/bulk"
	bulkOnPage   = 25
	bulkRows     = 50
	bulkRunsRead = 50
)

// Bulk answers bulk actions: planned over a stored filter, watched, let go on, ended.
type Bulk struct {
	Frame   *Frame
	Read    BulkReader
	Events  UnsettledReader
	Groups  GroupReader
	Operate BulkOperator
	DCs     DCLister
}

// Form answers GET /bulk/new.
func (h *Bulk) Form(c echo.Context) error {
	view, err := h.planView(c, c.QueryParams())
	if err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.BulkPlanPage(view))
}

func (h *Bulk) planView(c echo.Context, values url.Values) (pages.BulkPlan, error) {
	f, ctx, now := readParkedFilter(values), c.Request().Context(), h.Frame.Now()
	f.open = ""
	page := h.Frame.Page(c, layout.NavParked, "Bulk action")
	page.Live = livePath() // what is chosen and typed stays as it is
	page.Lead = "Choose events by a filter or one by one, then see what it would do"
	page.Crumbs = []layout.Crumb{{Title: "Parked events", Href: unsettledHome}, {Title: "Bulk actions", Href: bulkHome}}
	after, _ := strconv.ParseInt(values.Get("after"), 10, 64) // what is no number begins at the start
	q := f.model(now)
	events, err := h.Events.UnsettledEvents(ctx, q, after, bulkOnPage+1)
	if err != nil {
		return pages.BulkPlan{}, err
	}
	all, err := h.Events.UnsettledMatching(ctx, q)
	if err != nil {
		return pages.BulkPlan{}, err
	}
	bar, err := h.bar(ctx, f, all)
	if err != nil {
		return pages.BulkPlan{}, err
	}
	view := pages.BulkPlan{Page: page, Filters: bar, Table: bulkEvents(events, f, after), Typed: bulkTyped(values, all)}
	view.OnPage = ui.Count(int64(min(len(events), bulkOnPage))) + " on this page"
	if !q.Empty() {
		view.All = "All " + ui.Count(all) + " that match"
	}
	if view.Action = values.Get("action"); view.Action != "" {
		view.Filters.Keep = append(view.Filters.Keep, ui.Field{Name: "action", Value: view.Action})
	}
	for name, value := range f.values() {
		view.Keep = append(view.Keep, ui.Field{Name: name, Value: value[0]})
	}
	for i := range view.Table.Rows {
		view.Table.Rows[i].Checked = slices.Contains(values["id"], view.Table.Rows[i].Value)
	}
	slices.SortFunc(view.Keep, func(x, y ui.Field) int { return strings.Compare(x.Name, y.Name) })
	return view, nil
}

// bulkTyped is what was typed; the canary of a fresh form is a twentieth of all, 25 at most.
func bulkTyped(values url.Values, all int64) pages.BulkTyped {
	typed := pages.BulkTyped{
		Picked: values.Get("scope") == "picked", Canary: values.Get("canary"), Rate: values.Get("rate"), Stop: values.Get("stop"),
		Patch: values.Get("patch"), Reason: values.Get("reason"), GoOn: values.Get("go_on") != "",
	}
	if !values.Has("reason") {
		typed.Canary, typed.Rate, typed.Stop = strconv.FormatInt(min(max(all/20, 1), 25), 10), "50", "10"
	}
	return typed
}

// bar narrows the events by what there is of them.
func (h *Bulk) bar(ctx context.Context, f parkedFilter, all int64) (*ui.FilterBar, error) {
	now, state := h.Frame.Now(), models.ParkedFilter{State: f.state}
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return nil, err
	}
	there, err := h.Groups.UnsettledSummary(ctx, state, now)
	if err != nil {
		return nil, err
	}
	groups, err := h.Groups.Groups(ctx, state, models.Sorting{}, now, groupsShown)
	if err != nil {
		return nil, err
	}
	bar := &ui.FilterBar{
		Action: bulkHome + "/new", Keep: []ui.Field{{Name: "state", Value: f.state}}, Result: counted(all, "event") + matchVerb(all),
		Fields: []ui.FilterField{
			{Name: "group", Label: "Cause", Value: f.group, Options: causeOptions(groups, f.group)},
			{Name: "code", Label: "Kind", Value: f.code, Options: kindOptions(there.Codes, f.code)},
			{Name: "source", Label: "Source", Value: f.source, Options: withCurrent("All sources", there.Sources, f.source)},
			{Name: "dc", Label: "DC", Value: f.dc, Options: textOptions("All DCs", dcs)},
			{Name: "age", Label: "Age", Value: f.age, Options: ageOptions()},
		},
	}
	if len(f.values()) > 0 {
		bar.ClearHref = bulkHome + "/new"
	}
	return bar, nil
}

func matchVerb(n int64) string {
	if n == 1 {
		return " matches"
	}
	return " match"
}

// causeOptions are the groups by what made them fail, the largest first.
func causeOptions(groups []models.EventGroup, chosen string) []ui.Option {
	options := []ui.Option{{Label: "All causes"}}
	known := chosen == ""
	for _, g := range groups {
		known = known || g.Fingerprint == chosen
		options = append(options, ui.Option{Value: g.Fingerprint, Label: g.Code + " · " + counted(g.Events, "event") + " · " + g.Reason})
	}
	if !known {
		options = append(options, ui.Option{Value: chosen, Label: "A cause that is gone"})
	}
	return options
}

func bulkEvents(events []models.UnsettledRow, f parkedFilter, after int64) ui.Table {
	table := ui.Table{
		ID: "events", Caption: "Events that match", Selectable: true,
		Columns: []ui.Column{{Title: "Event", Fold: ui.FoldLead}, {Title: "Why", Fold: ui.FoldGrow}, {Title: "Source"}, {Title: "Item"}, {Title: "DC"}, {Title: "Received", Fold: ui.FoldTrail}},
		Empty:   ui.Notice{Title: "Nothing matches", Detail: "Events that did not pass and meet the filter appear here."},
		Pager:   &ui.Pager{Shown: counted(int64(min(len(events), bulkOnPage)), "event") + " on this page"},
	}
	if len(events) == 0 && after == 0 {
		table.Pager = nil
	}
	at := func(seq int64) string {
		values := f.values()
		values.Set("after", ui.ID(seq))
		return bulkHome + "/new?" + values.Encode()
	}
	if after > 0 {
		table.Pager.PrevHref = f.at(bulkHome + "/new")
	}
	for i, e := range events {
		if i == bulkOnPage {
			table.Pager.NextHref = at(events[i-1].Seq)
			break
		}
		table.Rows = append(table.Rows, ui.Row{Href: "/events/" + ui.ID(e.Seq), Value: ui.ID(e.Seq), Cells: cells(ui.Text(ui.ID(e.Seq)), ui.Text(e.Reason),
			ui.Text(e.Source), ui.Text(e.Item), ui.Text(e.DC), ui.Since(e.ReceivedAt))})
	}
	return table
}

// Plan answers POST /bulk: a draft with its preview, on a page of its own.
func (h *Bulk) Plan(c echo.Context) error {
	values, err := c.FormParams()
	if err != nil {
		return models.Wrap(models.CodeInvalid, err, "The form cannot be read.")
	}
	user, _ := session.User(c.Request().Context())
	plan, err := readBulkPlan(values, h.Frame.Now(), user.Name)
	if err == nil {
		var id int64
		if id, err = h.Operate.Plan(c.Request().Context(), plan); err == nil {
			return c.Redirect(http.StatusSeeOther, bulkHome+"/"+ui.ID(id))
		}
	}
	refused := refusal(err)
	if refused == nil {
		return err
	}
	view, err := h.planView(c, values)
	if err != nil {
		return err
	}
	view.Problem = refused
	return render.HTML(c, http.StatusUnprocessableEntity, pages.BulkPlanPage(view))
}

// readBulkPlan reads the form; what is ticked counts only when asked for.
func readBulkPlan(values url.Values, now time.Time, actor string) (models.BulkPlan, error) {
	f := form.Read(values)
	plan := models.BulkPlan{
		Action: models.BulkAction(f.Choice("action", "retry", "discard", "edit")), Filter: readParkedFilter(values).model(now),
		Canary: bounded(f.Int("canary")), Rate: bounded(f.Int("rate")), Stop: bounded(f.Int("stop")), GoOn: values.Get("go_on") != "",
		Actor: actor, Reason: f.Required("reason", 500),
	}
	if plan.Action == models.BulkEdit {
		plan.Patch = f.Required("patch", 64<<10)
	}
	if f.Choice("scope", "picked", "all") == "picked" {
		for _, id := range values["id"] {
			seq, err := strconv.ParseInt(id, 10, 64)
			if err != nil || len(plan.Filter.Picked) >= bulkOnPage {
				f.Fault("id", "Tick events of this page")
				break
			}
			plan.Filter.Picked = append(plan.Filter.Picked, seq)
		}
		if len(plan.Filter.Picked) == 0 {
			f.Fault("id", "Tick at least one event, or choose all that match")
		}
	}
	if err := f.Err(); err != nil {
		return plan, err
	}
	return plan, plan.Validate()
}

// bounded keeps a number in what the plan's own check can refuse.
func bounded(n int64) int { return int(min(max(n, -1), 1<<30)) }

// filterWords are a filter as a sentence.
func filterWords(f models.ParkedFilter) string {
	parts := []string{f.State}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	add("cause", f.Fingerprint)
	add("kind", f.Code)
	add("source", f.Source)
	add("DC", f.DC)
	if !f.ReceivedFrom.IsZero() {
		add("received from", f.ReceivedFrom.UTC().Format(time.DateOnly))
	}
	if !f.ReceivedBefore.IsZero() {
		add("received before", f.ReceivedBefore.UTC().Format(time.DateOnly))
	}
	if len(f.Picked) > 0 {
		add("", counted(int64(len(f.Picked)), "picked event"))
	}
	return strings.Join(parts, ", ")
}

// tallied are counts in the order of their names: "LON 12, ROT 3".
func tallied(counts map[string]int64, name func(string) string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, name(key)+" "+ui.Count(counts[key]))
	}
	return strings.Join(parts, ", ")
}
