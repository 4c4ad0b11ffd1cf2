package handlers

import (
	"net/url"
	"slices"
	"time"

	"throughline/models"
	"throughline/views/ui"
)

// parkedFilter is the filter as it stands in the address.
type parkedFilter struct {
	arrangement
	state, code, source, dc, age, group, open string
}

func readParkedFilter(values url.Values) parkedFilter {
	f := parkedFilter{
		arrangement: arrangementOf(values), state: values.Get("state"), code: values.Get("code"), source: values.Get("source"), dc: values.Get("dc"),
		age: values.Get("age"), group: values.Get("group"), open: values.Get("open"),
	}
	if !slices.ContainsFunc(unsettledTabs(), func(t ui.Tab) bool { return t.Href == f.state }) {
		f.state = "parked"
	}
	if !slices.ContainsFunc(models.ParkedAges[:], func(a models.ParkedAge) bool { return a.Name == f.age }) {
		f.age = ""
	}
	return f
}

func (f parkedFilter) values() url.Values {
	values := url.Values{}
	for name, value := range map[string]string{
		"state": f.state, "code": f.code, "source": f.source, "dc": f.dc, "age": f.age, "group": f.group, "open": f.open,
	} {
		if value != "" && (name != "state" || value != "parked") {
			values.Set(name, value)
		}
	}
	f.put(values)
	return values
}

func (f parkedFilter) address() string { return f.at(unsettledHome) }

// at is a page that takes the same filter.
func (f parkedFilter) at(path string) string {
	if values := f.values(); len(values) > 0 {
		return path + "?" + values.Encode()
	}
	return path
}

// model is the filter as the store takes it; an age is of the moment.
func (f parkedFilter) model(now time.Time) models.ParkedFilter {
	q := models.ParkedFilter{State: f.state, Code: f.code, Source: f.source, DC: f.dc, Fingerprint: f.group}
	for _, age := range models.ParkedAges {
		if age.Name == f.age {
			q.ReceivedFrom, q.ReceivedBefore = age.Span(now)
		}
	}
	return q
}

func (f parkedFilter) with(open string) parkedFilter { f.open = open; return f }

// groupHref leads to the group of an event.
func groupHref(fingerprint, state string) string {
	return parkedFilter{state: state, open: fingerprint}.address()
}

// ageWords name the classes of ages in days.
func ageWords(name string) string {
	return map[string]string{"today": "Today", "week": "1 to 6 days", "month": "7 to 29 days", "older": "30 days and more"}[name]
}
