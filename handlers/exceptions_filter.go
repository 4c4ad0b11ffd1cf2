package handlers

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
)

// queueKind is what differs between the teams' queues.
type queueKind struct {
	team  models.Team
	path  string
	nav   string
	title string
	lead  string
	sort  models.ExceptionSort
}

// views are the tabs over a queue.
const (
	viewOurs      = "" // what the team owns
	viewAlso      = "also"
	viewAll       = "all"
	viewMine      = "mine"
	viewUnowned   = "unowned"
	viewCauses    = "causes"
	viewShelved   = "shelved"
	viewEscalated = "escalated"
	viewEvery     = "every" // every team's, also what the team has no part in
)

// urgentPriorities are what cannot wait for tomorrow.
const urgentPriorities = "P1,P2"

// queueFilter is the filter as it stands in the address.
type queueFilter struct {
	arrangement
	view, priority, code, state, stage, source, dc, text, after string
	since                                                       string // opened after it, in seconds of Unix time
	cause                                                       string // the exception that they follow from
	each                                                        string // set: what follows stands beside its cause, not under it
	follow                                                      string // the cause under which what follows is shown
}

func readQueueFilter(c echo.Context) queueFilter { return queueFilterOf(c.QueryParams()) }

func queueFilterOf(values url.Values) queueFilter {
	q := values.Get
	return queueFilter{
		arrangement: arrangementOf(values),
		view:        q("view"), priority: q("priority"), code: q("code"), state: q("state"), stage: q("stage"), source: q("source"), dc: q("dc"),
		text: strings.TrimSpace(q("text")), after: q("after"), since: q("since"),
		cause: q("cause"), each: q("each"), follow: q("follow"),
	}
}

// address is the queue with this filter; extra pairs of name and value are added.
func (f queueFilter) address(path string, extra ...string) string {
	values := url.Values{}
	for name, value := range map[string]string{
		"view": f.view, "priority": f.priority, "code": f.code, "state": f.state, "stage": f.stage, "source": f.source, "dc": f.dc, "text": f.text, "after": f.after, "since": f.since,
		"cause": f.cause, "each": f.each, "follow": f.follow,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	f.put(values)
	for i := 0; i+1 < len(extra); i += 2 {
		values.Set(extra[i], extra[i+1])
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

func (f queueFilter) narrowed() bool {
	return f.priority != "" || f.code != "" || f.state != "" || f.stage != "" || f.source != "" || f.dc != "" || f.text != "" || f.since != "" || f.cause != ""
}

// folds tells whether what follows from another stands under it.
func (f queueFilter) folds() bool { return f.stands() && f.cause == "" && f.each == "" }

// every tells whether the view goes beyond the team's own queue.
func (f queueFilter) every() bool { return f.view == viewEvery }

// shared is the filter without what the team has no part in.
func (f queueFilter) shared() queueFilter {
	if f.every() {
		f.view = viewAll
	}
	return f
}

// stands tells whether the view is of all that stands, or of a part of it.
func (f queueFilter) stands() bool {
	return f.view == viewOurs || f.view == viewAlso || f.view == viewAll || f.every()
}

// tab is the view that narrows the queue beyond what it opens with.
func (f queueFilter) tab(tabs []ui.Tab) string {
	if f.view == viewOurs || f.view == viewAll || f.every() || f.view == viewCauses {
		return ""
	}
	return currentTab(tabs)
}

func (f queueFilter) query(kind queueKind, reader string) models.ExceptionFilter {
	filter := models.ExceptionFilter{
		Team: kind.team, State: models.ExceptionState(f.state), Stage: models.Stage(f.stage), DC: f.dc, Text: f.text, Sort: kind.sort, By: f.sorting(), After: f.after, Limit: queueRows, Folded: f.folds(),
	}
	if f.priority != "" {
		for priority := range strings.SplitSeq(f.priority, ",") {
			filter.Priorities = append(filter.Priorities, models.Priority(priority))
		}
	}
	if f.code != "" {
		filter.Codes = []models.ExceptionCode{models.ExceptionCode(f.code)}
	}
	if seconds, err := strconv.ParseInt(f.since, 10, 64); err == nil {
		filter.Since = time.Unix(seconds, 0)
	}
	filter.Cause, _ = strconv.ParseInt(f.cause, 10, 64) // what is no number narrows nothing
	if f.source == noSource {
		filter.NoSource = true
	} else {
		filter.Source = f.source
	}
	switch f.view {
	case viewOurs:
		filter.Part = models.PartOurs
	case viewAlso:
		filter.Part = models.PartAlso
	case viewMine:
		filter.Concerns = reader
	case viewShelved:
		filter.Shelved = true
	case viewEscalated:
		filter.Escalated = true
	case viewUnowned:
		filter.Unowned = true
	case viewEvery:
		filter.Team = ""
	}
	return filter
}

func (f queueFilter) bar(kind queueKind, dcs []string, codes []models.ExceptionCode, shown string) ui.FilterBar {
	bar := ui.FilterBar{
		Action: kind.path,
		Fields: []ui.FilterField{
			{Name: "priority", Label: "Priority", Value: f.priority, Options: priorityOptions()},
			{Name: "code", Label: "Kind", Value: f.code, Options: codeOptions(codes, f.code)},
			{Name: "state", Label: "State", Value: f.state, Options: stateOptions()},
			{Name: "dc", Label: "DC", Value: f.dc, Options: textOptions("All DCs", dcs)},
			{Name: "text", Label: "Contains", Value: f.text},
		},
		Result: shown,
	}
	if kind.team == models.TeamIT {
		bar.Fields = slices.Insert(bar.Fields, 1, ui.FilterField{Name: "stage", Label: "Stage", Value: f.stage, Options: stageOptions()})
	}
	if f.stands() && f.cause == "" {
		bar.Fields = append(bar.Fields, ui.FilterField{Name: "each", Label: "What follows", Value: f.each, Options: []ui.Option{
			{Label: "Under its cause"}, {Value: "1", Label: "Each on its own"},
		}})
	}
	if f.cause != "" {
		bar.Fields = append(bar.Fields, ui.FilterField{Name: "cause", Label: "Cause", Value: f.cause, Options: []ui.Option{
			{Label: "Any cause"}, {Value: f.cause, Label: "Exception " + f.cause},
		}})
	}
	if f.source != "" {
		bar.Fields = append(bar.Fields, ui.FilterField{Name: "source", Label: "Source", Value: f.source, Options: sourceOptions(f.source)})
	}
	if f.since != "" {
		bar.Fields = append(bar.Fields, ui.FilterField{Name: "since", Label: "Opened", Value: f.since, Options: []ui.Option{
			{Label: "At any time"}, {Value: f.since, Label: "Since I last looked"},
		}})
	}
	if f.view != "" {
		bar.Keep = []ui.Field{{Name: "view", Value: f.view}}
	}
	f.keep(&bar)
	if f.narrowed() {
		bar.ClearHref = queueFilter{arrangement: f.arrangement, view: f.view}.address(kind.path)
	}
	return bar
}

func priorityOptions() []ui.Option {
	return []ui.Option{
		{Label: "All priorities"}, {Value: urgentPriorities, Label: "P1 and P2"}, {Value: "P1", Label: "P1 critical"}, {Value: "P2", Label: "P2 high"},
		{Value: "P3", Label: "P3 medium"}, {Value: "P4", Label: "P4 low"},
	}
}

func stateOptions() []ui.Option {
	options := []ui.Option{{Label: "All that is open"}}
	for _, s := range models.ExceptionStates() {
		options = append(options, ui.Option{Value: string(s), Label: capital(s.Word())})
	}
	return options
}

func stageOptions() []ui.Option {
	return []ui.Option{
		{Label: "All stages"}, {Value: string(models.StageAPI), Label: "API"},
		{Value: string(models.StageTransformation), Label: "Transformation"}, {Value: string(models.StageWorkflow), Label: "Workflow"},
	}
}

// kindsShown are the kinds that can be in the shown view of a queue: those that
// are in it, whoever's they are, and those that the team owns by their kind.
func (h *Exceptions) kindsShown(ctx context.Context, kind queueKind, f queueFilter, reader string) ([]models.ExceptionCode, error) {
	codes, err := h.Store.Kinds(ctx, f.query(kind, reader))
	if f.view == viewAlso {
		return codes, err
	}
	for _, known := range models.ExceptionKinds() {
		if known.Team == kind.team {
			codes = append(codes, known.Code)
		}
	}
	return codes, err
}

// codeOptions are kinds in the order of the catalogue, with the chosen one.
func codeOptions(codes []models.ExceptionCode, chosen string) []ui.Option {
	options := []ui.Option{{Label: "All kinds"}}
	for _, kind := range models.ExceptionKinds() {
		if slices.Contains(codes, kind.Code) || string(kind.Code) == chosen {
			options = append(options, ui.Option{Value: string(kind.Code), Label: kind.Name})
		}
	}
	return options
}

// sourceOptions offer to look beyond the one source that a group led to.
func sourceOptions(source string) []ui.Option {
	label := source
	if source == noSource {
		label = "No source"
	}
	return []ui.Option{{Label: "All sources"}, {Value: source, Label: label}}
}

func textOptions(all string, values []string) []ui.Option {
	options := []ui.Option{{Label: all}}
	for _, v := range values {
		options = append(options, ui.Option{Value: v, Label: v})
	}
	return options
}
