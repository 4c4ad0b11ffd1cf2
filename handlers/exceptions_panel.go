package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/session"
)

// panel is one exception in full, with what the reader may do about it.
func (h *Exceptions) panel(c echo.Context, id int64, closeHref string) (*pages.ExceptionPanel, error) {
	detail, err := h.Store.Get(c.Request().Context(), id)
	if err != nil {
		return nil, err
	}
	e := detail.Exception
	kind, _ := e.Code.Kind()
	panel := &pages.ExceptionPanel{
		Panel: ui.Panel{
			Title: e.Headline(), Subtitle: string(e.Code) + " · " + kind.Name, CloseHref: closeHref,
			Self: "/exceptions/" + ui.ID(id), Topics: exceptionTopics(e),
		},
		Happened: e.Happened,
		Facts:    h.facts(detail, may(c, h.Policy, authz.ViewFlow)),
		History:  history(detail.Notes),
	}
	if e.Code == models.ExceptionUnknownReference && e.State != models.ExceptionResolved && e.Subject.EventSeq != 0 && h.Near != nil {
		near, err := nearFacts(c.Request().Context(), h.Near, e.Subject.EventSeq)
		if err != nil {
			return nil, err
		}
		panel.Facts = append(near, panel.Facts...)
	}
	if len(detail.Compared) > 0 {
		compared := comparedTable(detail.Compared)
		panel.Compared = &compared
	}
	panel.Runbook = runbook(h.Runbooks.Runbook(e.Code), detail, h.mayWork(c, e))
	if e.State == models.ExceptionResolved {
		return panel, nil
	}
	for _, move := range e.Moves() {
		if button, ok := h.moveButton(c, e, move, ""); ok {
			panel.Moves = append(panel.Moves, button)
		}
	}
	if h.mayWork(c, e) {
		colleagues, err := h.colleagues(c.Request().Context(), e)
		if err != nil {
			return nil, err
		}
		panel.Panel.Actions = stateActions(e, colleagues, h.Frame.Now())
	}
	if reader, _ := session.User(c.Request().Context()); e.KindShelf == nil && h.Policy.MayShelve(reader.Role, h.Owner(e.Code)) {
		panel.Panel.Actions = append(panel.Panel.Actions, shelveKindAction(e))
	}
	return panel, nil
}

// exceptionTopics are those of every page that can show the exception.
func exceptionTopics(e models.Exception) string {
	topics := []string{string(models.TopicExceptions)}
	for _, team := range e.Teams() {
		topics = append(topics, string(models.TopicTeam(team)))
	}
	return strings.Join(topics, " ")
}

func (h *Exceptions) facts(d models.ExceptionDetail, mayFlow bool) []ui.KeyValue {
	e := d.Exception
	now := h.Frame.Now()
	facts := []ui.KeyValue{
		{Key: "Priority", Value: ui.SeverityBadge(severityOf(e.Priority)), Note: e.Why},
		{Key: "Money at risk", Value: ui.Text(ui.Exact(e.ValueAtRisk.Round(2)) + " " + e.Currency)},
		stateFact(d, now),
		{Key: "Owner", Value: ownerCell(e.Owner)},
		{Key: "Stage", Value: ui.Text(stageName(e.Stage))},
		{Key: "First seen", Value: ui.Since(e.OpenedAt)},
		{Key: "Checked", Value: ui.Since(e.LastSeenAt), Note: "last seen to stand; occurred " + ui.Count(int64(e.Occurrences)) + " ×"},
	}
	if e.ResolvedAt != nil {
		facts = append(facts, ui.KeyValue{Key: "Resolved", Value: ui.Since(*e.ResolvedAt), Note: e.Resolution})
	} else {
		facts = slices.Insert(facts, 2,
			ui.KeyValue{Key: "Time left", Value: leftText(e.ConsequenceAt, e.Technical(), now, h.Frame.Clock()), Note: leftNote(e)},
			ui.KeyValue{Key: "Clock", Value: clockText(e, now), Note: "real time"})
	}
	facts = append(facts, causeFacts(d)...)
	if e.EscalatedAt != nil {
		facts = append(facts, ui.KeyValue{Key: "Escalated", Value: ui.Since(*e.EscalatedAt), Note: escalatedNote(d)})
	}
	if duty, has := h.dutyFact(e); has {
		facts = append(facts, duty)
	}
	if e.RoutedTeam != "" {
		facts = append(facts, ui.KeyValue{Key: "Handed on", Value: ui.Text("to " + teamWord(e.RoutedTeam))})
	}
	for _, subject := range subjects(d) {
		value := ui.Text(subject.text)
		if subject.href != "" && (mayFlow || !leadsIntoFlow(subject.href)) {
			value = ui.Link(subject.href, subject.text)
		}
		facts = append(facts, ui.KeyValue{Key: subject.key, Value: value})
	}
	return facts
}

// leftNote says by which clock the time left counts.
func leftNote(e models.Exception) string {
	if e.Technical() {
		return "real time"
	}
	return "business time"
}

// subjectLink leads to a part of the subject; href is empty when it has no page.
type subjectLink struct{ key, text, href string }

func subjects(d models.ExceptionDetail) []subjectLink {
	s := d.Subject
	chain := func(q string, exists bool) string {
		if !exists {
			return ""
		}
		return chainPath(q)
	}
	var links []subjectLink
	add := func(key, text, href string) {
		if text != "" {
			links = append(links, subjectLink{key, text, href})
		}
	}
	itemDC := s.Item
	if s.DC != "" {
		itemDC += "@" + s.DC
	}
	add("Item", s.Item, chain(itemDC, d.PlaceHasChain))
	add("DC", s.DC, "/dcs/"+url.PathEscape(s.DC))
	add("Supplier", s.Supplier, "/search?q="+url.QueryEscape(s.Supplier))
	add("Recommendation", s.Recommendation, chain(s.Recommendation, d.ProposalHasChain))
	add("Order", s.Document, chain(s.Document, d.OrderHasChain))
	add("Source", s.Source, "/books")
	if s.EventSeq != 0 {
		seq := strconv.FormatInt(s.EventSeq, 10)
		add("Event", seq, "/events/"+seq)
	}
	if s.ERPWrite != 0 {
		id := strconv.FormatInt(s.ERPWrite, 10)
		add("ERP write", id, "/writes/"+id)
	}
	return links
}

func history(notes []models.ExceptionNote) []ui.TimelineItem {
	items := make([]ui.TimelineItem, 0, len(notes))
	for _, n := range notes {
		items = append(items, ui.TimelineItem{At: n.At, Title: capital(n.Action), Actor: n.Actor, Detail: n.Note})
	}
	return items
}

// stateFact says where the exception stands, what that waits for and until when.
func stateFact(d models.ExceptionDetail, now time.Time) ui.KeyValue {
	state := d.StateAt(now)
	fact := ui.KeyValue{Key: "State", Value: ui.Text(state.Word())}
	switch {
	case state == models.ExceptionSuppressed:
		left := "for another " + ui.Took(d.ShelvedUntil.Sub(now).Truncate(time.Minute))
		fact.Value = ui.Text("suppressed " + left)
		if d.KindShelf != nil {
			fact.Value = templ.Join(ui.Text("suppressed, "), ui.Link(kindShelvesPath+"/"+ui.ID(*d.KindShelf), "with its kind, "+left))
		}
		fact.Note = lastNote(d.Notes, string(models.ActionShelve), "kind shelved")
	case state == models.ExceptionWaiting && d.WaitingUntil != nil:
		fact.Value = templ.Join(ui.Text("waiting until "), ui.At(*d.WaitingUntil))
		fact.Note = lastNote(d.Notes, string(models.ActionWait))
	}
	return fact
}

// lastNote is what was said with the last of some actions; empty when there was none.
func lastNote(notes []models.ExceptionNote, actions ...string) string {
	for _, n := range slices.Backward(notes) {
		if slices.Contains(actions, n.Action) {
			return n.Actor + ": " + n.Note
		}
	}
	return ""
}

// nextMove is the first move that the reader may make, as a button in the row.
func (h *Exceptions) nextMove(c echo.Context, e models.Exception) templ.Component {
	for _, move := range e.Moves() {
		button, ok := h.moveButton(c, e, shortened(move), "-row")
		switch {
		case !ok:
			continue
		case button.Action != nil:
			return ui.ActionButton(*button.Action)
		default:
			return ui.ButtonLink(button.Href, button.Label, ui.Quiet)
		}
	}
	return nil
}

// moveButton is a link for a move that only looks, a form for one that acts;
// a reader who may not act is not offered it.
func (h *Exceptions) moveButton(c echo.Context, e models.Exception, move models.Move, where string) (pages.MoveButton, bool) {
	user, _ := session.User(c.Request().Context())
	href := h.Moves.Address(e, move.ID)
	if !Offered(h.Policy, user.Role, move.ID, href) {
		return pages.MoveButton{}, false
	}
	if move.ID == "route" && e.Subject.ERPWrite != 0 { // the same move, of what is sent to the ERP
		move.Label = "ERP write"
	}
	if href != "" {
		return pages.MoveButton{Label: move.Label, Href: href}, true
	}
	if move.ID == rereadMove {
		return pages.MoveButton{Label: move.Label, Href: rereadHref(e)}, true // it shows first what would follow
	}
	id := strconv.FormatInt(e.ID, 10)
	action := ui.Action{
		Label: move.Label, Of: e.Headline(), URL: "/exceptions/" + id + "/moves/" + move.ID,
		Fields: []ui.Field{{Name: "where", Value: where}},
	}
	action.Confirm = moveQuestion(move.ID, move.Label, id+where, e.Happened)
	return pages.MoveButton{Action: &action}, true
}

// shortened is a move as it stands in a row, where the sentence beside it says
// what about.
func shortened(m models.Move) models.Move {
	short := map[string]string{
		"accept": "Accept", "chase": "Chase", "resubmit": "Resubmit", "recompute": "Recompute", "evaluate": "Evaluate",
		"reread": "Read again", "reconcile": "Compare", "retry": "Retry", "inspect": "Inspect", "rejected": "Refused",
		"source": "Flow", "flow": "Flow", "parked": "Parked", "shelf": "Shelf", "route": "Deliveries", "refused": "Refused", "compare": "Compare", "chain": "Chain", "stock": "Stock", "influence": "Revisions", "orders": "Orders", "overview": "Overview", "audit": "Books", "look": "Look again", "callers": "Connectors",
	}
	if label, ok := short[m.ID]; ok {
		m.Label = label
	}
	return m
}
