package handlers

import (
	"net/url"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/ui"
)

func queryEscape(s string) string { return url.QueryEscape(s) }

func routeHref(name string) string { return "/routes/" + url.PathEscape(name) }

// path draws the hops: each hop's figures stand at the system that it ends in,
// those of a source at the source.
func (b flowBoard) path() ui.FlowPath {
	sources, log := ui.FlowColumn{Title: "Sources"}, ui.FlowColumn{Title: "Log"}
	state, targets, erp := ui.FlowColumn{Title: "State"}, ui.FlowColumn{Title: "Targets"}, ui.FlowColumn{Title: "ERP"}
	path := ui.FlowPath{Label: "The way from the sources to the targets"}
	received := decimal.Zero
	for i, hop := range b.flow.Hops {
		node := b.node(hop, i)
		link := ui.FlowLink{Health: node.Health, Weight: weightOf(b.rate(hop.Events))}
		switch hop.Kind {
		case models.HopSource:
			received = received.Add(b.rate(hop.Events))
			sources.Nodes = append(sources.Nodes, node)
			link.From, link.To = node.ID, "log"
		case models.HopApply:
			node.ID, node.Title = "state", "State and ledger"
			state.Nodes = append(state.Nodes, node)
			link.From, link.To = "log", node.ID
		case models.HopRoute, models.HopWorkflow:
			targets.Nodes = append(targets.Nodes, node)
			link.From, link.To = "state", node.ID
		case models.HopERP:
			erp.Nodes = append(erp.Nodes, node)
			link.From, link.To = workflowNode, node.ID
		}
		path.Links = append(path.Links, link)
	}
	log.Nodes = []ui.FlowNode{{
		ID: "log", Title: "Event log", Health: ui.HealthGood, Figures: rateWords(received) + " accepted", Href: "/books",
	}}
	path.Columns = []ui.FlowColumn{sources, log, state, targets}
	if len(erp.Nodes) > 0 {
		path.Columns = append(path.Columns, erp)
	}
	return path
}

// workflowNode is the id of the workflow's hop, which has no name of its own.
const workflowNode = string(models.HopWorkflow) + "-"

func (b flowBoard) node(h models.Hop, i int) ui.FlowNode {
	state, noun := h.State(b.now), "wait"
	node := ui.FlowNode{
		ID: hopID(h), Title: h.Name, Href: hopHref(h), Health: hopHealth(state), State: hopWord(state),
		Figures: b.rateText(h) + " · p95 " + p95(h.Spread), Constraint: i == b.constraint,
	}
	switch h.Kind {
	case models.HopWorkflow:
		node.Title = "Workflow"
	case models.HopERP:
		node.Figures, noun = ui.Count(h.Events)+" answers · p95 "+p95(h.Spread), "on the way"
	case models.HopSource, models.HopApply, models.HopRoute:
	}
	if more := b.beyond(h); more != "" {
		node.Figures += " · " + more
	}
	node.Waits = waitText(h, b.now, noun)
	if node.Waits == "" {
		node.Waits = capital(h.Why(b.now))
	}
	if h.Silent != nil {
		node.WaitsHref = node.Href
	}
	return node
}
