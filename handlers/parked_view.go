package handlers

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
)

func groupTable(groups []models.EventGroup, exceptions map[string]models.Exception, f parkedFilter) ui.Table {
	table := ui.Table{
		ID: "groups", Caption: "Groups of events by cause",
		Columns: []ui.Column{
			{Title: "Code", Name: "code", Sortable: true, Fold: ui.FoldLead}, {Title: "Why", Fold: ui.FoldGrow, Breaks: true}, {Title: "Events", Name: "events", Sortable: true, Number: true, Fold: ui.FoldTrail},
			{Title: "Over a week", Name: "old", Sortable: true, Unit: "events", Number: true, Help: "Received seven days ago or earlier"},
			{Title: "Source", Name: "source"}, {Title: "DCs", Name: "dcs"}, {Title: "Items", Name: "items", Number: true}, {Title: "Orders", Name: "orders", Number: true}, {Title: "First seen", Said: true, Name: "first"}, {Title: "Last seen", Said: true, Name: "last"},
			{Title: "Passes", Name: "passes", Help: "What has to happen first"}, {Title: "Owner", Name: "owner", Help: "Of the exception that stands for the group"},
		},
		Empty: ui.Notice{
			Title:  "Nothing stands here",
			Detail: "An event that cannot take effect appears here with its cause; it leaves when it was applied or discarded.",
		},
	}
	for _, g := range groups {
		table.Rows = append(table.Rows, ui.Row{
			ID: "group-" + g.Fingerprint, Href: f.with(g.Fingerprint).address(), Panel: true, Open: g.Fingerprint == f.open,
			Cells: cells(ui.Tag(g.Code), ui.Text(g.Reason), ui.Text(ui.Count(g.Events)), ui.Text(ui.Count(g.Ages[2]+g.Ages[3])), ui.Text(strings.Join(g.Sources, ", ")),
				ui.Text(strings.Join(g.DCs, ", ")), ui.Text(named(g.Items)), ui.Text(named(g.Orders)), ui.Since(g.FirstAt), ui.Since(g.LastAt),
				ui.Text(string(models.ReplayOf(g.State, models.ExceptionCode(g.Code)))), ownerOfGroup(g, exceptions)),
		})
	}
	return table
}

// ownerOfGroup is who has the exception that stands for a group, a way to it.
func ownerOfGroup(g models.EventGroup, exceptions map[string]models.Exception) templ.Component {
	e, stands := exceptions[g.Cause()]
	if !stands {
		return ui.Muted("no exception yet")
	}
	owner := whoHas(e)
	if owner == "" {
		owner = "nobody yet"
	}
	return ui.Link("/exceptions/"+ui.ID(e.ID), owner)
}

// panel is a group in full, with what the reader may do about all of it.
func (h *Parked) panel(c echo.Context, f parkedFilter) (*pages.BoardPanel, error) {
	g, events, err := h.Read.Group(c.Request().Context(), f.open, f.state, h.Frame.Now(), groupEvents)
	if models.CodeOf(err) == models.CodeNotFound {
		return &pages.BoardPanel{
			Panel: ui.Panel{Title: "This group is gone", CloseHref: f.with("").address()},
			Parts: []pages.PanelPart{{Title: "What happened", Body: ui.Text("All of its events were applied or discarded.")}},
		}, nil
	}
	if err != nil {
		return nil, err
	}
	exceptions, err := h.Exceptions.OfCauses(c.Request().Context(), []models.EventGroup{g})
	if err != nil {
		return nil, err
	}
	kind, _ := models.ExceptionCode(g.Code).Kind()
	panel := &pages.BoardPanel{
		Panel: ui.Panel{Title: counted(g.Events, "event") + " " + f.state, Subtitle: g.Code + " · " + kind.Name, CloseHref: f.with("").address()},
		Parts: []pages.PanelPart{
			{Title: "Why", Body: ui.Text(groupWhy(g))},
			{Title: "Facts", Body: ui.KeyValues(append(h.groupFacts(g), ui.KeyValue{Key: "Owner", Value: ownerOfGroup(g, exceptions), Note: "of its exception, with the notes and the ways to hand it on"}))},
			{Title: "Age", Body: ui.DataTable(groupAges(g))},
			{Title: "Events", Body: ui.DataTable(groupEventTable(events, g.Events))},
		},
	}
	if g.WaitsFor != "" && len(events) > 0 && h.Near != nil {
		near, err := nearFacts(c.Request().Context(), h.Near, events[0].Seq)
		if err != nil {
			return nil, err
		}
		panel.Parts = slices.Insert(panel.Parts, 1, pages.PanelPart{Title: "Nearest known keys", Body: ui.KeyValues(near)})
	}
	if may(c, h.Policy, authz.OperateFlow) {
		panel.Panel.Actions = groupActions(g, f.state)
		panel.Parts = append(panel.Parts, pages.PanelPart{Title: "In bulk", Body: groupInBulk(g, f.state)})
	}
	return panel, nil
}

func groupWhy(g models.EventGroup) string {
	if g.WaitsFor != "" {
		return g.Reason + " They are applied by themselves as soon as " + referenceWords(g.WaitsFor) + " arrives."
	}
	return g.Reason
}

func (h *Parked) groupFacts(g models.EventGroup) []ui.KeyValue {
	return []ui.KeyValue{
		{Key: "Stage", Value: ui.Text(stageName(g.Stage))},
		{Key: "Sources", Value: ui.Text(strings.Join(g.Sources, ", "))},
		{Key: "DCs", Value: ui.Text(strings.Join(g.DCs, ", "))},
		{Key: "Items", Value: ui.Text(someOf(g.Items, g.ItemCount))},
		{Key: "Orders", Value: ui.Text(someOf(g.Orders, g.OrderCount))},
		{Key: "First seen", Value: ui.Since(g.FirstAt)},
		{Key: "Last seen", Value: ui.Since(g.LastAt)},
		{Key: "Passes", Value: ui.Text(string(models.ReplayOf(g.State, models.ExceptionCode(g.Code))))},
		{Key: "Retention", Value: ui.Text("kept until it is applied or discarded"), Note: "its payload outlives the log's " + counted(int64(h.LogKept/(24*time.Hour)), "day")},
	}
}

// named counts names, of which one more is read than the ten that are counted.
func named(names []string) string {
	const most = 10
	if len(names) > most {
		return "over " + ui.Count(int64(most))
	}
	return ui.Count(int64(len(names)))
}

// someOf lists the first ten of so many names, and says how many there are.
func someOf(names []string, count int64) string {
	shown := names[:min(10, len(names))]
	listed, more := strings.Join(shown, ", "), count-int64(len(shown))
	if more <= 0 {
		return listed
	}
	return ui.Count(count) + ": " + listed + " and " + ui.Count(more) + " more"
}

// groupAges is the age histogram of one group.
func groupAges(g models.EventGroup) ui.Table {
	table := ui.Table{
		ID: "group-ages", Caption: "Events of the group by age",
		Columns: []ui.Column{{Title: "Received", Fold: ui.FoldLead}, {Title: "Events", Number: true, Fold: ui.FoldTrail}},
	}
	for i, age := range models.ParkedAges {
		table.Rows = append(table.Rows, ui.Row{Cells: cells(ui.Text(ageWords(age.Name)), ui.Text(ui.Count(g.Ages[i])))})
	}
	return table
}

func groupEventTable(events []models.UnsettledRow, all int64) ui.Table {
	table := ui.Table{
		ID: "group-events", Caption: "Events of the group",
		Columns: []ui.Column{{Title: "Event", Fold: ui.FoldLead}, {Title: "Item", Fold: ui.FoldGrow}, {Title: "DC"}, {Title: "Received", Fold: ui.FoldTrail}},
		Pager:   &ui.Pager{Shown: shownOf(len(events), all, "event")},
	}
	for _, e := range events {
		table.Rows = append(table.Rows, ui.Row{Href: "/events/" + ui.ID(e.Seq), Cells: cells(ui.Text(ui.ID(e.Seq)), ui.Text(e.Item), ui.Text(e.DC), ui.Since(e.ReceivedAt))})
	}
	return table
}

// groupInBulk are the ways to plan what is too much for one click.
func groupInBulk(g models.EventGroup, state string) templ.Component {
	return planLinks(parkedFilter{state: state, group: g.Fingerprint})
}

// planLinks lead to a bulk action on what a filter takes.
func planLinks(f parkedFilter) templ.Component {
	plan := func(action models.BulkAction, label string) templ.Component {
		values := f.values()
		values.Set("action", string(action))
		return ui.ButtonLink(bulkHome+"/new?"+values.Encode(), label, ui.Plain)
	}
	return templ.Join(plan(models.BulkRetry, "Plan a retry"), plan(models.BulkDiscard, "Plan a discard"))
}

// groupActions take a whole group at once, where that is not too much for one click.
func groupActions(g models.EventGroup, state string) []ui.Action {
	if g.Events > models.AtOnce {
		return nil
	}
	count := ui.Count(g.Events)
	facts := []ui.Fact{{Key: "Events", Value: count}, {Key: "Cause", Value: g.Reason}, {Key: "DCs", Value: strings.Join(g.DCs, ", ")}}
	fields := []ui.Field{{Name: "state", Value: state}, {Name: "up_to", Value: ui.ID(g.NewestSeq)}}
	return []ui.Action{
		{Label: "Retry all", Key: "r", URL: unsettledHome + "/" + g.Fingerprint + "/retry", Fields: fields, Tone: ui.Main, Confirm: &ui.Confirm{
			ID: "retry-group", Title: "Retry " + counted(g.Events, "event") + "?", Facts: facts, Reason: "What has changed since", Label: "Retry " + count,
			Body: "Each goes through the same rules again, in order. What fails again is parked again.",
		}},
		{Label: "Discard all", URL: unsettledHome + "/" + g.Fingerprint + "/discard", Fields: fields, Tone: ui.Danger, Confirm: &ui.Confirm{
			ID: "discard-group", Title: "Discard " + counted(g.Events, "event") + "?", Facts: facts, Reason: "Why they may be left out", Label: "Discard " + count,
			Body: "They never take effect. This cannot be undone; their payloads are kept.",
		}},
	}
}
