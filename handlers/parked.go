package handlers

import (
	"context"
	"maps"
	"net/http"
	"net/url"
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
	groupAtOnce   = 1000 // events that one request retries or discards
	unsettledHome = "/parked"
)

// Parked answers the events that did not pass, by cause, and acts on a whole group.
type Parked struct {
	Frame  *Frame
	Read   GroupReader
	Replay EventReplayer
	DCs    DCLister
	Policy authz.Policy
}

// unsettledTabs are the states in the order of how much they need a person.
func unsettledTabs() []ui.Tab {
	return []ui.Tab{{Title: "Parked", Href: "parked"}, {Title: "Waiting for a record", Href: "waiting"}, {Title: "Held", Href: "held"}}
}

// parkedFilter is the filter as it stands in the address.
type parkedFilter struct{ state, code, source, dc, open string }

func readParkedFilter(c echo.Context) parkedFilter {
	f := parkedFilter{c.QueryParam("state"), c.QueryParam("code"), c.QueryParam("source"), c.QueryParam("dc"), c.QueryParam("open")}
	if !slices.ContainsFunc(unsettledTabs(), func(t ui.Tab) bool { return t.Href == f.state }) {
		f.state = "parked"
	}
	return f
}

func (f parkedFilter) address() string {
	values := url.Values{}
	for name, value := range map[string]string{"state": f.state, "code": f.code, "source": f.source, "dc": f.dc, "open": f.open} {
		if value != "" && (name != "state" || value != "parked") {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return unsettledHome
	}
	return unsettledHome + "?" + values.Encode()
}

func (f parkedFilter) with(open string) parkedFilter { f.open = open; return f }

// groupHref leads to the group of an event.
func groupHref(fingerprint, state string) string {
	return parkedFilter{state: state, open: fingerprint}.address()
}

// List answers GET /parked.
func (h *Parked) List(c echo.Context) error {
	f, ctx := readParkedFilter(c), c.Request().Context()
	page := h.Frame.Page(c, layout.NavParked, "Parked events")
	page.Lead = "What did not pass, by cause: mend one and the whole group goes on"
	page.Live = livePath(models.TopicExceptions, models.TopicBooks)
	groups, err := h.Read.Groups(ctx, models.EventGroupFilter{State: f.state, Code: f.code, Source: f.source, DC: f.dc, Limit: groupsShown})
	if err != nil {
		return err
	}
	counts, err := h.Read.UnsettledCounts(ctx)
	if err != nil {
		return err
	}
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	view := pages.Board{
		Page: page, ID: "parked", Self: c.Request().URL.RequestURI(), HasPanel: true,
		Topics: string(models.TopicExceptions) + " " + string(models.TopicBooks),
		Lists:  []pages.BoardList{{Title: "Groups of events", Tabs: f.tabs(counts), Filters: f.bar(groups, dcs), Table: groupTable(groups, f)}},
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
	return append(tabs, ui.Tab{Title: "Refused by intake", Href: "/rejected"})
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
		},
	}
	if f.code != "" || f.source != "" || f.dc != "" {
		bar.ClearHref = parkedFilter{state: f.state}.address()
	}
	return bar
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
