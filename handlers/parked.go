package handlers

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
	groupsShown   = 100
	groupEvents   = 25
	unsettledHome = "/parked"
)

// Parked answers the events that did not pass, by cause, and acts on a whole group.
type Parked struct {
	Frame      *Frame
	Read       GroupReader
	Near       NearReader // nil proposes nothing
	Exceptions CauseReader
	Held       HeldReader
	Refused    RefusalReader
	Replay     EventReplayer
	DCs        DCLister
	Lists      *Lists
	LogKept    time.Duration // how long the log keeps events
	Policy     authz.Policy
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
	now := h.Frame.Now()
	summary, err := h.Read.UnsettledSummary(ctx, f.model(now), now)
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
	groups, shown, err := h.groups(ctx, f)
	if err != nil {
		return err
	}
	view := pages.Board{
		Page: page, ID: "parked", Self: c.Request().URL.RequestURI(), HasPanel: true,
		Topics: string(models.TopicExceptions) + " " + string(models.TopicBooks), Figures: f.figures(summary, now),
		Lists: []pages.BoardList{{Title: "Groups of events", Tabs: f.tabs(counts), Filters: f.bar(summary, shown, dcs), Table: groups}},
	}
	if list := &view.Lists[0]; f.code != "" && f.source != "" && len(groups.Rows) > 0 && may(c, h.Policy, authz.OperateFlow) {
		list.Beside = allInBulk(f)
	}
	if err := h.addHeld(c, &view); err != nil {
		return err
	}
	if err := h.addRefused(ctx, &view); err != nil {
		return err
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

// groups are the groups of the filter, each with the exception that stands for it,
// and how many are shown: those of a kind that is folded with it.
func (h *Parked) groups(ctx context.Context, f parkedFilter) (table ui.Table, shown int, err error) {
	now := h.Frame.Now()
	var kinds []models.ParkedKind
	if f.folds() {
		if kinds, err = h.Read.Kinds(ctx, f.model(now), now, groupsApart); err != nil {
			return table, 0, err
		}
	}
	groups, err := h.Read.Groups(ctx, f.model(now), f.sorting(), now, groupsShown, kinds...)
	if err != nil {
		return table, 0, err
	}
	exceptions, err := h.Exceptions.OfCauses(ctx, groups)
	if err != nil {
		return table, 0, err
	}
	table, shown = groupTable(groups, exceptions, f), len(groups)
	if len(kinds) > 0 {
		addKinds(&table, groups, kinds, f)
	}
	for _, k := range kinds {
		shown += int(k.Groups)
	}
	return table, shown, nil
}

// addHeld lists what people hold, where anybody holds anything.
func (h *Parked) addHeld(c echo.Context, view *pages.Board) error {
	ctx, now := c.Request().Context(), h.Frame.Now()
	all, err := h.Held.HeldCount(ctx, now)
	if err != nil || all == 0 {
		return err
	}
	at := readPagingOf(c, "held", all)
	held, err := h.Held.Held(ctx, now, at.part())
	if err != nil {
		return err
	}
	table := heldTable(held, now)
	table.Pager = at.pager(func(page string) string {
		values := maps.Clone(c.QueryParams())
		values.Del("held")
		if page != "" {
			values.Set("held", page)
		}
		return unsettledHome + "?" + values.Encode()
	})
	view.Lists = append(view.Lists, pages.BoardList{Title: "Held by a person", Note: counted(all, "event") + "; no retry and no bulk action touches them", Table: table})
	return nil
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

func (f parkedFilter) bar(all models.ParkedSummary, shown int, dcs []string) *ui.FilterBar {
	bar := &ui.FilterBar{
		Action: unsettledHome, Keep: []ui.Field{{Name: "state", Value: f.state}}, Result: shownOf(shown, all.Groups, "group"),
		Fields: []ui.FilterField{
			{Name: "code", Label: "Kind", Value: f.code, Options: kindOptions(all.Codes, f.code)},
			{Name: "source", Label: "Source", Value: f.source, Options: withCurrent("All sources", all.Sources, f.source)},
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

// figures are the age histogram of the filter, each class a way to its groups.
func (f parkedFilter) figures(all models.ParkedSummary, now time.Time) []ui.Number {
	figures := make([]ui.Number, len(models.ParkedAges))
	for i, age := range models.ParkedAges {
		to := f.with("")
		to.age = age.Name
		figures[i] = ui.Number{ID: "age-" + age.Name, Label: ageWords(age.Name), Value: ui.Count(all.Ages[i]), Unit: "events", Age: ui.Age{At: now}, Href: to.address()}
	}
	return figures
}

// withCurrent are the values that there are and the one that is chosen, each once.
func withCurrent(all string, values []string, current string) []ui.Option {
	if current != "" {
		values = append(values, current)
	}
	slices.Sort(values)
	return textOptions(all, slices.Compact(values))
}

// kindOptions are the kinds that there are and the one that is chosen, with their names.
func kindOptions(codes []string, chosen string) []ui.Option {
	options := withCurrent("All kinds", codes, chosen)
	for i := range options[1:] {
		if kind, known := models.ExceptionCode(options[i+1].Value).Kind(); known {
			options[i+1].Label += " · " + kind.Name
		}
	}
	return options
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
		seqs, err := h.Read.GroupSeqs(ctx, c.Param("fingerprint"), c.FormValue("state"), upTo, models.AtOnce+1)
		if err != nil {
			return "", err
		}
		if len(seqs) > models.AtOnce {
			return "", models.Errorf(models.CodePrecondition, "These are more than %d events: plan a bulk action, which shows first what it would do.", models.AtOnce)
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
