package handlers

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const (
	groupsShown   = 100
	groupEvents   = 25
	heldShown     = 100
	groupAtOnce   = 1000 // events that one request retries or discards
	unsettledHome = "/parked"
)

// Parked answers the events that did not pass, by cause, and acts on a whole group.
type Parked struct {
	Frame  *Frame
	Read   GroupReader
	Held   HeldReader
	Replay EventReplayer
	DCs    DCLister
	Lists  *Lists
	Policy authz.Policy
}

// unsettledTabs are the states in the order of how much they need a person.
func unsettledTabs() []ui.Tab {
	return []ui.Tab{{Title: "Parked", Href: "parked"}, {Title: "Waiting for a record", Href: "waiting"}, {Title: "Held", Href: "held"}}
}

// List answers GET /parked.
func (h *Parked) List(c echo.Context) error {
	f, ctx := readParkedFilter(c.QueryParams()), c.Request().Context()
	page := h.Frame.Page(c, layout.NavParked, "Parked events")
	page.Lead = "What did not pass, by cause: mend one and the whole group goes on"
	page.Live = livePath(models.TopicExceptions, models.TopicBooks)
	groups, err := h.Read.Groups(ctx, f.model(h.Frame.Now()), f.sorting(), h.Frame.Now(), groupsShown)
	if err != nil {
		return err
	}
	counts, err := h.Read.UnsettledCounts(ctx)
	if err != nil {
		return err
	}
	held, err := h.Held.Held(ctx, h.Frame.Now(), heldShown)
	if err != nil {
		return err
	}
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	view := pages.Board{
		Page: page, ID: "parked", Self: c.Request().URL.RequestURI(), HasPanel: true,
		Topics: string(models.TopicExceptions) + " " + string(models.TopicBooks), Figures: f.figures(groups),
		Lists: []pages.BoardList{{Title: "Groups of events", Tabs: f.tabs(counts), Filters: f.bar(groups, dcs), Table: groupTable(groups, f)}},
	}
	if len(held) > 0 {
		view.Lists = append(view.Lists, pages.BoardList{Title: "Held by a person", Note: "no retry and no bulk action touches them", Table: heldTable(held, h.Frame.Now())})
	}
	if err := h.Lists.arrange(c, f.arrangement, view.Lists[0].Filters, &view.Lists[0].Table); err != nil {
		return err
	}
	if list := &view.Lists[0]; list.Filters.ClearHref != "" {
		list.Table.Empty = noMatch(currentTab(list.Tabs), *list.Filters, unsettledHome)
	}
	if f.open != "" {
		if view.Panel, err = h.panel(c, f); err != nil {
			return err
		}
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

func (f parkedFilter) tabs(counts map[string]int64) []ui.Tab {
	tabs := unsettledTabs()
	for i, tab := range tabs {
		to := f.with("")
		to.state = tab.Href
		tabs[i] = ui.Tab{Title: tab.Title, Count: ui.Count(counts[tab.Href]), Href: to.address(), Current: f.state == tab.Href}
	}
	return append(tabs, ui.Tab{Title: "Refused by intake", Href: "/rejected"}, ui.Tab{Title: "Bulk actions", Href: bulkHome})
}

func (f parkedFilter) bar(groups []models.EventGroup, dcs []string) *ui.FilterBar {
	codes, sources := map[string]bool{}, map[string]bool{}
	for _, g := range groups {
		codes[g.Code] = true
		for _, source := range g.Sources {
			sources[source] = true
		}
	}
	bar := &ui.FilterBar{
		Action: unsettledHome, Keep: []ui.Field{{Name: "state", Value: f.state}}, Result: shownOf(len(groups), int64(len(groups))),
		Fields: []ui.FilterField{
			{Name: "code", Label: "Kind", Value: f.code, Options: withCurrent("All kinds", codes, f.code)},
			{Name: "source", Label: "Source", Value: f.source, Options: withCurrent("All sources", sources, f.source)},
			{Name: "dc", Label: "DC", Value: f.dc, Options: textOptions("All DCs", dcs)},
			{Name: "age", Label: "Age", Value: f.age, Options: ageOptions()},
		},
	}
	f.keep(bar)
	if f.code != "" || f.source != "" || f.dc != "" || f.age != "" || f.group != "" {
		bar.ClearHref = parkedFilter{arrangement: f.arrangement, state: f.state}.address()
	}
	return bar
}

func ageOptions() []ui.Option {
	options := []ui.Option{{Label: "Any age"}}
	for _, age := range models.ParkedAges {
		options = append(options, ui.Option{Value: age.Name, Label: ageWords(age.Name)})
	}
	return options
}

// figures are the age histogram of what the filter shows, each class a way to its groups.
func (f parkedFilter) figures(groups []models.EventGroup) []ui.Number {
	figures := make([]ui.Number, len(models.ParkedAges))
	for i, age := range models.ParkedAges {
		var n int64
		for _, g := range groups {
			n += g.Ages[i]
		}
		to := f.with("")
		to.age = age.Name
		figures[i] = ui.Number{ID: "age-" + age.Name, Label: ageWords(age.Name), Value: ui.Count(n), Unit: "events", Href: to.address()}
	}
	return figures
}

// withCurrent are the values on the page and the one that is chosen.
func withCurrent(all string, values map[string]bool, current string) []ui.Option {
	if current != "" {
		values[current] = true
	}
	return textOptions(all, slices.Sorted(maps.Keys(values)))
}

// Retry answers POST /parked/:fingerprint/retry.
func (h *Parked) Retry(c echo.Context) error { return h.replay(c, h.Replay.Retry) }

// Discard answers POST /parked/:fingerprint/discard.
func (h *Parked) Discard(c echo.Context) error { return h.replay(c, h.Replay.Discard) }

// replay acts on what the reader saw: the events of the group up to the newest
// that was counted in the question.
func (h *Parked) replay(c echo.Context, replay replayFunc) error {
	upTo, err := strconv.ParseInt(c.FormValue("up_to"), 10, 64)
	if err != nil {
		return models.Errorf(models.CodeInvalid, "The form lacks the count it was made from: load the page again.")
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		seqs, err := h.Read.GroupSeqs(ctx, c.Param("fingerprint"), c.FormValue("state"), upTo, groupAtOnce)
		if err != nil {
			return "", err
		}
		if len(seqs) == 0 {
			return "", models.Errorf(models.CodeConflict, "Nothing of this group waits any more: somebody was faster, or its cause is gone.")
		}
		results, err := replay(ctx, seqs, actor, reason)
		if err != nil {
			return "", err
		}
		return counted(int64(len(seqs)), "event") + ": " + tally(results) + ".", nil
	})
}

// tally counts results by what came of them: "38 applied, 3 parked".
func tally(results []models.ReplayResult) string {
	counts := map[string]int64{}
	for _, r := range results {
		counts[r.State]++
	}
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, ui.Count(counts[state])+" "+state)
	}
	return strings.Join(parts, ", ")
}
