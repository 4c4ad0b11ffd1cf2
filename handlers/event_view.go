package handlers

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/ui"
)

// eventTitle says in business words what the event is about and where it stands.
func eventTitle(d models.EventDetail) string {
	title := entityWord(d.Type.Entity())
	if d.Item != "" {
		title += " of " + d.Item
	}
	if d.DC != "" {
		title += " at " + d.DC
	}
	return title + ": " + eventState(d.State)
}

func eventState(state string) string {
	if state == "pending" {
		return "not applied yet"
	}
	return state
}

// eventStanding says why the event did not take effect and what helps; an
// applied one needs no words.
func eventStanding(d models.EventDetail) *ui.Notice {
	kind, known := models.ExceptionCode(d.Code).Kind()
	title := d.Reason
	if known {
		title = kind.Name + ": " + d.Reason
	}
	if d.Code != "" {
		title += " (" + d.Code + ")"
	}
	if d.Retired {
		return &ui.Notice{
			Kind: ui.Partial, Title: "Retention has taken its payload",
			Detail: "It took effect, and what it said is kept in its chain; of the message itself only what stands here is left.",
		}
	}
	switch d.State {
	case "parked":
		return &ui.Notice{Kind: ui.Failed, Title: title, Detail: "Mend the cause and retry it, or discard it with a reason. Until then it counts as parked in the books."}
	case "waiting":
		return &ui.Notice{Kind: ui.Stale, Title: title, Detail: "It is applied by itself as soon as " + referenceWords(d.WaitsFor) + " arrives."}
	case "held":
		return &ui.Notice{Kind: ui.Stale, Title: title, Detail: "It goes on by itself when what is before it has passed."}
	case "superseded":
		return &ui.Notice{Kind: ui.Partial, Title: "Superseded: " + d.Reason, Detail: "A newer fact had been applied before, so this one was kept and changes nothing."}
	case "discarded":
		return &ui.Notice{Kind: ui.Partial, Title: "Discarded by " + d.SettledBy + ": " + d.Reason, Detail: "It never takes effect. Its payload is kept."}
	case "pending":
		return &ui.Notice{Kind: ui.Stale, Title: "Accepted and not applied yet", Detail: "It stands in the log behind earlier events, and is applied in its turn."}
	}
	return nil
}

// referenceWords names a master record that is waited for: item:47566.
func referenceWords(ref string) string {
	kind, id, found := strings.Cut(ref, ":")
	if !found {
		return "what it waits for"
	}
	if kind == "location" {
		kind = "DC"
	}
	return "the master record of " + kind + " " + id
}

func eventFacts(d models.EventDetail) []ui.KeyValue {
	facts := []ui.KeyValue{
		{Key: "Source's id", Value: ui.Code(d.ID), Note: "from " + d.Source},
		{Key: "Occurred", Value: ui.Since(d.OccurredAt)},
		{Key: "Received", Value: ui.Since(d.ReceivedAt)},
		{Key: "Ordering key", Value: ui.Code(d.Key), Note: "its events take effect in order, in part " + strconv.Itoa(int(d.Shard)) + " of the log"},
	}
	add := func(key, text string) {
		if text != "" {
			facts = append(facts, ui.KeyValue{Key: key, Value: ui.Code(text)})
		}
	}
	facts = append(facts, contractFacts(d)...)
	add("Subject", d.Subject)
	facts = append(facts, traceFacts(d.Event)...)
	if d.SettledAt != nil {
		facts = append(facts, ui.KeyValue{Key: "Settled", Value: ui.Since(*d.SettledAt), Note: d.SettledBy})
	}
	if d.Conflict {
		facts = append(facts, ui.KeyValue{Key: "Id", Value: ui.Text("accepted before with other content")})
	}
	return facts
}

// traceFacts are the ids by which an event is followed through the systems.
func traceFacts(e models.Event) []ui.KeyValue {
	facts := []ui.KeyValue{{Key: "Trace", Value: traceLink(e.TraceID)}}
	correlation := ui.KeyValue{Key: "Correlation", Value: ui.Code(e.CorrelationID())}
	if e.CorrelationID() == e.ID {
		correlation.Note = "its own id"
	}
	facts = append(facts, correlation)
	if cause := e.CausationID(); cause != "" {
		facts = append(facts, ui.KeyValue{Key: "Caused by", Value: ui.Link("/search?q="+url.QueryEscape(cause), cause)})
	}
	return facts
}

// contractFacts say by which contract and which rules an event was understood.
// The rules are kept with each attempt of an event that did not pass at once.
func contractFacts(d models.EventDetail) []ui.KeyValue {
	name, version := d.Type.Contract()
	rules := ui.KeyValue{Key: "Mapping", Value: ui.Text("built in"), Note: "its version is kept only of events that did not pass at once"}
	if len(d.Attempts) > 0 && d.Attempts[0].Component != "" {
		rules = ui.KeyValue{Key: "Mapping", Value: ui.Code(d.Attempts[0].Component), Note: "at the newest attempt"}
	}
	return []ui.KeyValue{{Key: "Contract", Value: ui.Code(name), Note: version}, rules}
}

func eventAffected(d models.EventDetail, mayFlow bool) []ui.KeyValue {
	var affected []ui.KeyValue
	add := func(key string, value templ.Component, note string) {
		affected = append(affected, ui.KeyValue{Key: key, Value: value, Note: note})
	}
	if d.HasChain {
		add("Chain", ui.Link(chainPath(d.ID), d.Item+" at "+d.DC), "")
	}
	if d.DC != "" {
		add("DC", ui.Link("/dcs/"+url.PathEscape(d.DC), d.DC), "")
	}
	if d.First != 0 {
		add("First of its id", ui.Link(eventPath(d.First), "Event "+ui.ID(d.First)), "this one brings another content under the id; compare both before one of them counts")
	}
	if d.HeldBehind > 0 {
		add("Held behind it", ui.Text(counted(d.HeldBehind, "event")), "of the same key")
	}
	if d.SameCause > 0 {
		others := ui.Text(counted(d.SameCause, "other event"))
		if mayFlow {
			others = ui.Link(groupHref(d.Fingerprint, d.State), counted(d.SameCause, "other event"))
		}
		add("Same cause", others, "parked")
	}
	for _, delivery := range d.Deliveries {
		word := ui.HealthBadge(ui.HealthGood, "has it")
		if !delivery.Passed {
			word = ui.HealthBadge(ui.HealthLate, "has not got it")
		}
		add(delivery.Subscription, word, delivery.Error)
	}
	return affected
}

func eventAttempts(attempts []models.EventAttempt) ui.Table {
	table := ui.Table{
		ID: "attempts", Caption: "Attempts at the event",
		Columns: []ui.Column{
			{Title: "Attempt", Number: true, Fold: ui.FoldLead}, {Title: "When"}, {Title: "Took", Number: true}, {Title: "Outcome", Fold: ui.FoldTrail},
			{Title: "Kind of fault"}, {Title: "Error", Fold: ui.FoldGrow}, {Title: "Rules", Fold: ui.FoldHide},
		},
	}
	for _, a := range attempts {
		table.Rows = append(table.Rows, ui.Row{Cells: cells(ui.Text(strconv.Itoa(a.Attempt)), ui.Since(a.StartedAt), ui.Text(ui.Took(a.EndedAt.Sub(a.StartedAt))),
			ui.Text(a.Outcome), ui.Muted(a.Class), ui.Text(a.Error), ui.Muted(a.Component))})
	}
	return table
}

// relatedTable lists the open exceptions that speak of one thing.
func relatedTable(exceptions []models.Exception, now time.Time) *ui.Table {
	table := &ui.Table{
		Caption: "Open exceptions",
		Columns: []ui.Column{{Title: "Priority", Fold: ui.FoldLead}, {Title: "What happened", Fold: ui.FoldGrow}, {Title: "Owner"}, {Title: "Clock", Fold: ui.FoldTrail}},
		Empty:   ui.Notice{Title: "No open exception", Detail: "None speaks of this at the moment."},
	}
	for _, e := range exceptions {
		table.Rows = append(table.Rows, ui.Row{
			ID: "related-" + ui.ID(e.ID), Href: "/exceptions/" + ui.ID(e.ID),
			Cells: cells(ui.SeverityBadge(severityOf(e.Priority)), ui.Text(e.Headline()), ownerCell(whoHas(e)), clockCell(e, now)),
		})
	}
	return table
}

// whoHas is the owner of an exception or the team that it was handed to.
func whoHas(e models.Exception) string {
	if e.Owner == "" && e.RoutedTeam != "" {
		return teamWord(e.RoutedTeam)
	}
	return e.Owner
}

// indented sets out a JSON document; what is none stays as it is.
func indented(text string) string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", "  "); err != nil {
		return text
	}
	return out.String()
}
