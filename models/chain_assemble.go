package models

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// AssembleChain makes the thread of what is on record: a node for each thing
// that happened, a gap with its reason where the next did not, and the links
// with the quantities and times between. now is real time.
func AssembleChain(rows ChainRows, now time.Time) Chain {
	a := assembly{rows: rows, now: now, at: make(map[string]time.Time), left: make(map[int64]decimal.Decimal)}
	a.revisions()
	a.evaluations()
	for _, r := range rows.Recommendations {
		a.recommendation(r)
	}
	for _, o := range rows.Orders {
		a.order(o)
	}
	a.chain.Item, a.chain.DC, a.chain.Unit = rows.Item, rows.DC, rows.Unit
	return a.chain
}

type assembly struct {
	rows  ChainRows
	now   time.Time
	chain Chain
	at    map[string]time.Time
	left  map[int64]decimal.Decimal // of each approval, what no order has taken yet
}

func (a *assembly) add(n ChainNode) {
	a.chain.Nodes = append(a.chain.Nodes, n)
	if n.At != nil {
		a.at[n.ID] = *n.At
	}
}

func (a *assembly) link(from, to string, quantity *decimal.Decimal) {
	link := ChainLink{From: from, To: to, Quantity: quantity}
	if start, ok := a.at[from]; ok {
		if end, ok := a.at[to]; ok {
			took := max(end.Sub(start), 0)
			link.Took = &took
		}
	}
	a.chain.Links = append(a.chain.Links, link)
}

// gap adds a node that is missing after another.
func (a *assembly) gap(stage ChainStage, after, key, reason string, ended bool) {
	id := string(stage) + ":none:" + after
	a.add(ChainNode{ID: id, Stage: stage, Key: key, Gap: true, Reason: reason, Ended: ended})
	if after != "" {
		a.link(after, id, nil)
	}
}

func (a *assembly) since(at time.Time) string { return Took(a.now.Sub(at).Truncate(time.Second)) }

func (a *assembly) revisions() {
	for _, r := range a.rows.Revisions {
		id := RevisionNode(r.Revision)
		a.add(ChainNode{
			ID: id, Stage: StageRevision, Key: fmt.Sprintf("revision %d", r.Revision), Quantity: &r.Quantity,
			Actor: r.Model, Detail: "Run " + r.Run, At: &r.PublishedAt, Seq: r.Seq,
		})
		if !a.evaluated(r.Revision) {
			a.gap(StageEvaluation, id, "No evaluation", a.whyNotEvaluated(r), false)
		}
	}
}

func (a *assembly) evaluated(revision int64) bool {
	for _, e := range a.rows.Evaluations {
		if e.ForecastRevision != nil && *e.ForecastRevision >= revision {
			return true
		}
	}
	for _, r := range a.rows.Recommendations {
		if r.ForecastRevision != nil && *r.ForecastRevision >= revision {
			return true
		}
	}
	return false
}

func (a *assembly) whyNotEvaluated(r ChainRevision) string {
	if r.DeliveryLost {
		return fmt.Sprintf("Not evaluated %s after it was published. When it was delivered to %s is not kept.", a.since(r.PublishedAt), a.rows.Consumer)
	}
	if r.DeliveredAt == nil {
		return fmt.Sprintf("Not delivered to %s yet, %s after it was published.", a.rows.Consumer, a.since(r.PublishedAt))
	}
	return fmt.Sprintf("Delivered to %s %s ago, which has not looked at it yet.", a.rows.Consumer, a.since(*r.DeliveredAt))
}

func (a *assembly) evaluations() {
	for i, e := range a.rows.Evaluations {
		id := "evaluation:" + e.Run
		a.add(ChainNode{
			ID: id, Stage: StageEvaluation, Key: "run " + e.Run, Actor: a.rows.Consumer,
			Detail: outcomeWord(e.Outcome) + ": " + e.Reason, At: &a.rows.Evaluations[i].EvaluatedAt, Seq: e.Seq,
			Inputs: a.inputs(e.StockAsOf, e.ForecastRevision, e.OrdersAt),
		})
		a.fromRevision(e.ForecastRevision, id)
		switch {
		case e.Outcome == "no_action":
			a.gap(StageRecommendation, id, "No action", e.Reason, true)
		case e.Outcome == "blocked":
			a.gap(StageRecommendation, id, "Blocked", e.Reason, false)
		case !a.recommended(e):
			a.gap(StageRecommendation, id, "No recommendation", "The engine says that it recommends, but nothing came yet.", false)
		}
	}
}

// inputs are the times of what something was computed from.
func (a *assembly) inputs(stock *time.Time, revision *int64, orders *time.Time) InputTimes {
	times := InputTimes{Stock: stock, Orders: orders}
	for i := range a.rows.Revisions {
		if r := &a.rows.Revisions[i]; revision != nil && r.Revision == *revision {
			times.Forecast = &r.PublishedAt
		}
	}
	return times
}

func outcomeWord(outcome string) string {
	switch outcome {
	case "recommend":
		return "Recommends"
	case "no_action":
		return "No action"
	case "blocked":
		return "Blocked"
	}
	return outcome
}

func kindSentence(kind string) string {
	if kind == "transfer" {
		return "Transfer from "
	}
	return "Buy from "
}

func (a *assembly) recommended(e ChainEvaluation) bool {
	for _, r := range a.rows.Recommendations {
		if r.Recommendation == e.Recommendation || r.Run == e.Run {
			return true
		}
	}
	return false
}

// fromRevision links what was computed from a revision to it, or to the gap
// where that revision is missing.
func (a *assembly) fromRevision(revision *int64, id string) {
	from := "revision:none:"
	if revision != nil {
		from = RevisionNode(*revision)
	}
	for _, n := range a.chain.Nodes {
		if n.ID == from {
			a.link(from, id, nil)
			return
		}
	}
	node := ChainNode{ID: from, Stage: StageRevision, Key: "No revision", Gap: true, Reason: "It does not say which forecast it was computed from."}
	if revision != nil {
		node.Key = fmt.Sprintf("revision %d", *revision)
		node.Reason = "It was computed from this revision, which has not reached the tower."
	}
	a.add(node)
	a.link(from, id, nil)
}

func (a *assembly) recommendation(r ChainRecommendation) {
	id := RecommendationNode(r.Recommendation)
	from := r.Supplier
	if r.Kind == "transfer" {
		from = r.FromDC
	}
	a.add(ChainNode{
		ID: id, Stage: StageRecommendation, Key: r.Recommendation, Quantity: &r.Quantity, Actor: a.rows.Consumer,
		Detail: kindSentence(r.Kind) + from + ": " + r.Reason, At: &r.ComputedAt, Seq: r.Seq,
		Inputs: a.inputs(r.StockAsOf, r.ForecastRevision, r.OrdersAt),
	})
	found := false
	for _, e := range a.rows.Evaluations {
		if e.Recommendation == r.Recommendation || e.Run == r.Run {
			a.link("evaluation:"+e.Run, id, nil)
			found = true
		}
	}
	if !found {
		gap := "evaluation:none:" + id
		a.add(ChainNode{
			ID: gap, Stage: StageEvaluation, Key: "No evaluation", Gap: true,
			Reason: "The engine sent the recommendation without saying what it looked at.",
		})
		a.fromRevision(r.ForecastRevision, gap)
		a.link(gap, id, nil)
	}
	a.decisions(r, id)
}

func (a *assembly) decisions(r ChainRecommendation, id string) {
	last := ""
	for i := range a.rows.Decisions {
		d := &a.rows.Decisions[i]
		if d.Recommendation != r.Recommendation {
			continue
		}
		node := DecisionNode(d.ID)
		a.add(ChainNode{
			ID: node, Stage: StageDecision, Key: string(d.Verdict), Quantity: &d.Quantity, Actor: d.Actor, Detail: d.Reason, At: &d.DecidedAt,
			Inputs: a.inputs(r.StockAsOf, r.ForecastRevision, r.OrdersAt),
		})
		a.link(id, node, nil)
		last = node
	}
	switch {
	case r.State == "":
		a.gap(StageDecision, id, "Not in the workflow", "It has not entered the workflow yet.", false)
	case r.State == ProposalWaiting:
		a.gap(StageDecision, id, "No decision", fmt.Sprintf("Waiting for %s, %s after it came.", approvers(r.Route), a.since(*r.EnteredAt)), false)
	case r.State == ProposalSuperseded:
		a.gap(StageDecision, id, "Superseded", "Replaced by "+r.SupersededBy+".", true)
	case !a.ordered(r.Recommendation):
		a.notOrdered(r, last)
	}
}

func approvers(route ApprovalRoute) string {
	if route == RouteDouble {
		return "two persons"
	}
	return "a person"
}

func (a *assembly) ordered(recommendation string) bool {
	for _, o := range a.rows.Orders {
		if o.serves(recommendation) {
			return true
		}
	}
	return false
}

func (a *assembly) notOrdered(r ChainRecommendation, after string) {
	switch {
	case r.WriteState == WriteDiscarded:
		a.gap(StageOrder, after, "Discarded", "Given up after the approval.", true)
	case r.State == ProposalRejected:
		a.gap(StageOrder, after, "Rejected", "Nothing is ordered.", true)
	case r.WriteState == WriteConfirmed:
		a.gap(StageOrder, after, r.Document, "The ERP made it; its own event has not come yet.", false)
	case r.WriteState == WriteFailed:
		a.gap(StageOrder, after, "Refused by the ERP", r.WriteError, false)
	case r.WriteState == WriteUnknown || r.WriteState == WriteSent:
		a.gap(StageOrder, after, "Not known", "The ERP's answer is not known; it is asked before anything is sent again. "+r.WriteError, false)
	default:
		a.gap(StageOrder, after, "Not ordered", "On its way to the ERP. "+r.WriteError, false)
	}
}
