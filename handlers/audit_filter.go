package handlers

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"throughline/models"
	"throughline/views/ui"
)

// auditFilter is the filter as it stands in the address.
type auditFilter struct {
	arrangement
	model       models.AuditFilter
	after, open string
}

func readAuditFilter(values url.Values) (auditFilter, error) {
	model, err := models.ParseAuditFilter(values.Get)
	return auditFilter{arrangement: arrangementOf(values), model: model, after: values.Get("after"), open: values.Get("open")}, err
}

func (f auditFilter) address() string { return f.at(auditPath) }

// export has every row of the filter, whatever page and row are open.
func (f auditFilter) export() string { return auditFilter{model: f.model}.at("/api/v1/audit/export") }

func (f auditFilter) at(path string) string {
	values := url.Values{}
	for name, value := range map[string]string{
		"actor": f.model.Actor, "action": f.model.Action, "subject": f.model.Subject, "from": minuteParameter(f.model.From), "to": minuteParameter(f.model.To),
		"after": f.after, "open": f.open,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	f.put(values)
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

func (f auditFilter) opening(row string) auditFilter { f.open = row; return f }

// minuteParameter is a time as the address and its field hold it, to the second
// where it is not a whole minute.
func minuteParameter(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Truncate(time.Minute).Equal(t):
		return t.UTC().Format("2006-01-02T15:04")
	default:
		return t.UTC().Format(time.RFC3339Nano)
	}
}

// auditOf leads to all that was done about a subject.
func auditOf(subject string) string {
	return auditFilter{model: models.AuditFilter{Subject: subject}}.address()
}

func (f auditFilter) bar(actors, actions []string, shown int) *ui.FilterBar {
	bar := &ui.FilterBar{
		Action: auditPath, Result: counted(int64(shown), "row"),
		Fields: []ui.FilterField{
			{Name: "actor", Label: "Who", Value: f.model.Actor, Options: auditOptions("Everybody", actors, f.model.Actor, func(s string) string { return s })},
			{Name: "action", Label: "What", Value: f.model.Action, Options: auditOptions("Everything", withNouns(actions), f.model.Action, actionWords)},
			{Name: "subject", Label: "About", Value: f.model.Subject},
			{Name: "from", Label: "From, UTC", Value: minuteParameter(f.model.From), Kind: "datetime-local"},
			{Name: "to", Label: "Until, UTC", Value: minuteParameter(f.model.To), Kind: "datetime-local"},
		},
	}
	f.keep(bar)
	if f.model.Narrowed() {
		bar.ClearHref = auditFilter{arrangement: f.arrangement}.address()
	}
	return bar
}

// auditOptions offer what the trail holds, and what is chosen if it is none of that.
func auditOptions(all string, names []string, chosen string, words func(string) string) []ui.Option {
	if chosen != "" && !slices.Contains(names, chosen) {
		names = append([]string{chosen}, names...)
	}
	options := []ui.Option{{Label: all}}
	for _, name := range names {
		options = append(options, ui.Option{Value: name, Label: words(name)})
	}
	return options
}

// withNouns puts before the verbs of a noun, when there are several, all of them.
func withNouns(actions []string) []string {
	count := map[string]int{}
	for _, action := range actions {
		noun, _, _ := strings.Cut(action, ".")
		count[noun]++
	}
	var all []string
	for i, action := range actions {
		noun, _, _ := strings.Cut(action, ".")
		first := i == 0 || !strings.HasPrefix(actions[i-1], noun+".")
		if first && count[noun] > 1 {
			all = append(all, noun+".")
		}
		all = append(all, action)
	}
	return all
}

// actionWords is "exception.step_undone" as people read it.
func actionWords(action string) string {
	noun, verb, _ := strings.Cut(action, ".")
	if verb == "" {
		verb = "all"
	}
	return strings.ReplaceAll(capital(noun)+": "+verb, "_", " ")
}
