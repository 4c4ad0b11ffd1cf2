package ui

import (
	"slices"
	"time"
)

// Chain is the thread from a forecast revision to the receipt: who did what,
// how much and when at each node, and the time that passed on each link.
type Chain struct {
	// Summary says the outcome in business words: "Supplier confirmed 40 of
	// 120, 6 days late".
	Summary  string
	Severity Severity
	// Stages stand from left to right. One without nodes was not reached.
	Stages []ChainStage
	Links  []ChainLink
	// Now is how the basis stands at the moment, beside the verdicts on the
	// nodes, which are as they were known then.
	Now     Verdict
	NowNote string
	NowWord string // "Basis now" if empty
}

// ChainStage is a column: revision, evaluation, recommendation, decision,
// purchase order, confirmation, ASN, receipt.
type ChainStage struct {
	Name  string
	Nodes []ChainNode
}

// ChainNode is one thing that happened, or a gap where it should have.
type ChainNode struct {
	// ID is unique in the chain; links name it.
	ID       string
	Title    string // business words first: "PO 4500012", "Buy", "Approved"
	Href     string
	Panel    bool   // Href opens in the side panel
	Quantity string // exact, with its unit: "120 EA"
	Who      string
	At       time.Time
	// When replaces At where the moment is a day or in business time.
	When    string
	Verdict Verdict
	// Note is one more line: what is off, such as "80 short, 6 days late".
	Note     string
	Severity Severity // of the note
	// Parts say how the quantity splits or comes together, with the sum
	// against the whole: "Received 50 + 30 = 80 of 120 EA, 40 open".
	Parts []string
	// Gap marks a node that is missing. Title says what is ("No evaluation"),
	// Note why ("due 09:00, 26 h late").
	Gap bool
	// Focus marks the node that the reader came from.
	Focus bool
}

// ChainLink joins two nodes. Quantity is the part that went this way, when a
// node splits or several merge.
type ChainLink struct {
	From, To string
	Took     string // "4 min", "6 d"
	Quantity string
	// Late colours the time that passed.
	Late Severity
}

// maxLanes bounds how many nodes of one stage are drawn below each other.
const maxLanes = 12

// placedNode is a node with its place in the grid and its links.
type placedNode struct {
	ChainNode
	stage, lane int
	in, out     []ChainLink
}

// chainPlan is a chain laid out.
type chainPlan struct {
	chain  Chain
	nodes  []placedNode // by stage, then lane
	lanes  int
	hidden int // nodes beyond maxLanes
}

// plan gives every node a lane: that of its first parent if it is free, else
// the next below, so that an unbroken thread runs straight.
func (c Chain) plan() chainPlan {
	p := chainPlan{chain: c, lanes: 1}
	lanes := make(map[string]int)
	for s, stage := range c.Stages {
		next := 0
		for _, n := range stage.Nodes {
			lane := max(next, c.parentLane(n.ID, lanes))
			if lane >= maxLanes {
				p.hidden++
				continue
			}
			next = lane + 1
			lanes[n.ID] = lane
			p.lanes = max(p.lanes, next)
			p.nodes = append(p.nodes, placedNode{ChainNode: n, stage: s, lane: lane, in: c.into(n.ID), out: c.outOf(n.ID)})
		}
	}
	return p
}

func (c Chain) parentLane(id string, lanes map[string]int) int {
	lane := -1
	for _, l := range c.into(id) {
		if from, ok := lanes[l.From]; ok && (lane < 0 || from < lane) {
			lane = from
		}
	}
	return max(lane, 0)
}

func (c Chain) into(id string) []ChainLink {
	return slices.DeleteFunc(slices.Clone(c.Links), func(l ChainLink) bool { return l.To != id })
}

func (c Chain) outOf(id string) []ChainLink {
	return slices.DeleteFunc(slices.Clone(c.Links), func(l ChainLink) bool { return l.From != id })
}

// find is the placed node of an id.
func (p chainPlan) find(id string) (placedNode, bool) {
	i := slices.IndexFunc(p.nodes, func(n placedNode) bool { return n.ID == id })
	if i < 0 {
		return placedNode{}, false
	}
	return p.nodes[i], true
}

// inStage are the placed nodes of one column.
func (p chainPlan) inStage(stage int) []placedNode {
	return slices.DeleteFunc(slices.Clone(p.nodes), func(n placedNode) bool { return n.stage != stage })
}

// parentQuantity is what a fanned-out node is a part of.
func (p chainPlan) parentQuantity(l ChainLink) string {
	from, _ := p.find(l.From)
	return from.Quantity
}

// fans tells whether the node's incoming time is written at the node itself:
// its parent has several children and no room for each one's.
func (p chainPlan) fans(n placedNode) bool {
	if len(n.in) != 1 {
		return false
	}
	from, ok := p.find(n.in[0].From)
	return ok && len(from.out) > 1
}

func (c Chain) nowWord() string {
	if c.NowWord == "" {
		return "Basis now"
	}
	return c.NowWord
}
