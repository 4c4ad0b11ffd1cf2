package handlers

import (
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
)

// panel is the open step in full, with its event; nil when none is open. A
// step that the shown moment did not know yet is not open either.
func (h *Chain) panel(c echo.Context, chain models.Chain, place chainPlace) (*pages.ChainPanel, error) {
	for _, n := range chain.Nodes {
		if n.ID == place.node && n.ID != "" {
			return h.stepPanel(c, chain, n, place)
		}
	}
	return nil, nil //nolint:nilnil // no step is open
}

func (h *Chain) stepPanel(c echo.Context, chain models.Chain, n models.ChainNode, place chainPlace) (*pages.ChainPanel, error) {
	panel := &pages.ChainPanel{
		Panel: ui.Panel{
			Title: capital(strings.ReplaceAll(n.Key, "_", " ")), Subtitle: chainStageWord(n.Stage), CloseHref: place.opening(""),
		},
		Facts: stepFacts(chain, n), Ways: stepWays(chain, n),
	}
	if trail := auditOfDecision(chain, n); trail != "" && may(c, h.Policy, authz.ViewAudit) {
		panel.Ways = append(panel.Ways, ui.Tab{Title: "Audit trail", Href: trail})
	}
	if n.Seq == 0 {
		panel.Missing = &ui.Notice{Title: "It is no event", Detail: whyNoEvent(n)}
		return panel, nil
	}
	forecast, err := h.forecastTable(c.Request().Context(), chain, n)
	if err != nil {
		return nil, err
	}
	panel.Forecast = forecast
	d, err := h.Events.Event(c.Request().Context(), n.Seq)
	if models.CodeOf(err) == models.CodeNotFound {
		panel.Missing = &ui.Notice{
			Kind: ui.Partial, Title: "Retention has dropped event " + ui.ID(n.Seq),
			Detail: "Its payload is gone. What took effect is kept and stands above.",
		}
		return panel, nil
	}
	if err != nil {
		return nil, err
	}
	panel.Event = stepEvent(d)
	panel.Ways = append(panel.Ways, ui.Tab{Title: "Event " + ui.ID(d.Seq), Href: eventPath(d.Seq)})
	switch {
	case d.Retired:
		panel.Missing = eventStanding(d)
	case may(c, h.Policy, authz.ViewPayloads):
		panel.Document = &pages.Document{Title: "As received", Text: indented(d.Data)}
	default:
		panel.Missing = &ui.Notice{Kind: ui.Forbidden, Title: "The payload is for IT", Detail: "Your role does not show raw messages of other systems."}
	}
	return panel, nil
}

func whyNoEvent(n models.ChainNode) string {
	switch {
	case n.Gap:
		return "Nothing has come here. " + n.Reason
	case n.Stage == models.StageDecision && byPolicy(n):
		return "The tower's policy made the decision; the audit trail is of what people do."
	case n.Stage == models.StageDecision:
		return "The decision was made in the tower. Its audit row tells the same."
	default:
		return "No event is on record of it."
	}
}

func stepFacts(chain models.Chain, n models.ChainNode) []ui.KeyValue {
	var facts []ui.KeyValue
	text := func(key, value, note string) {
		if value != "" {
			facts = append(facts, ui.KeyValue{Key: key, Value: ui.Text(value), Note: note})
		}
	}
	if n.Quantity != nil {
		text("Quantity", amount(*n.Quantity, chain.Unit), quantityNote(n.Stage))
	}
	for _, words := range partsWords(chain, n) {
		text("Parts", words, "")
	}
	text("Who", n.Actor, "")
	if n.At != nil {
		facts = append(facts, ui.KeyValue{Key: "When", Value: ui.Since(*n.At), Note: "at its source"})
	}
	facts = append(facts, inputAges(n)...)
	if n.Day != nil {
		text("For", n.Day.Format("2 Jan 2006"), "business day")
	}
	if n.Verdict != "" {
		facts = append(facts, ui.KeyValue{Key: "Basis", Value: ui.VerdictBadge(verdictOf(n.Verdict)), Note: "as it was known at this step"})
	}
	text("Why", n.Detail, "")
	if n.Gap {
		text("Why", n.Reason, "")
	}
	return facts
}

func quantityNote(stage models.ChainStage) string {
	if stage == models.StageRevision {
		return "over the supplier's lead time"
	}
	return ""
}

// inputAges are how old what a step was computed from was at the step.
func inputAges(n models.ChainNode) []ui.KeyValue {
	var facts []ui.KeyValue
	for _, input := range []struct {
		name string
		at   *time.Time
	}{{"Stock figure", n.Inputs.Stock}, {"Forecast", n.Inputs.Forecast}, {"Open orders", n.Inputs.Orders}} {
		if input.at != nil && n.At != nil {
			facts = append(facts, ui.KeyValue{Key: input.name, Value: ui.Text(ui.Took(max(n.At.Sub(*input.at), 0).Truncate(time.Second)) + " old"), Note: "at this step"})
		}
	}
	return facts
}

// stepEvent says which event told of the step, and by which rules.
func stepEvent(d models.EventDetail) []ui.KeyValue {
	facts := []ui.KeyValue{{Key: "Source's id", Value: ui.Code(d.ID), Note: "from " + d.Source}}
	facts = append(facts, contractFacts(d)...)
	facts = append(facts, traceFacts(d.Event)...)
	facts = append(facts, ui.KeyValue{Key: "Received", Value: ui.Since(d.ReceivedAt)})
	applied := ui.KeyValue{Key: "Applied", Value: ui.Muted(eventState(d.State))}
	switch {
	case d.SettledAt != nil:
		applied.Value, applied.Note = ui.Since(*d.SettledAt), d.State
	case d.Batch != nil && d.State == "applied":
		applied.Value = ui.Since(d.Batch.AppliedAt)
	}
	return append(facts, applied)
}

// stepWays lead to where a step is decided or traced on from.
func stepWays(chain models.Chain, n models.ChainNode) []ui.Tab {
	switch {
	case n.Gap:
	case n.Stage == models.StageRecommendation:
		return []ui.Tab{
			{Title: "Review", Href: approvalPath + "/" + url.PathEscape(n.Key)},
			{Title: "Stock of all systems", Href: addressOf(stockPath, "open", chain.Item+"@"+chain.DC)},
		}
	case n.Stage == models.StageRevision && n.ID != chain.Focus:
		return []ui.Tab{{Title: "Chain of this revision", Href: chainPath(chain.Item + "@" + chain.DC + "#" + strings.TrimPrefix(n.ID, "revision:"))}}
	case n.Stage == models.StageOrder && n.ID != chain.Focus:
		return []ui.Tab{{Title: "Chain of this order", Href: chainPath(n.Key)}}
	}
	return nil
}

// auditOfDecision leads to what the audit trail tells of a decision's
// recommendation; empty for any other step.
func auditOfDecision(chain models.Chain, n models.ChainNode) string {
	if n.Stage != models.StageDecision || n.Gap || byPolicy(n) {
		return ""
	}
	for _, link := range chain.Links {
		if link.To == n.ID && strings.HasPrefix(link.From, models.RecommendationNode("")) {
			return auditOf(link.From)
		}
	}
	return ""
}

// byPolicy says that no person made a decision.
func byPolicy(n models.ChainNode) bool { return strings.HasPrefix(n.Actor, "policy ") }
