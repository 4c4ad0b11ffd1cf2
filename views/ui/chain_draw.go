package ui

import (
	"slices"
	"strconv"
)

// The chain's drawing lies under its text: a lane's height and a dot's place
// in it are the same here and in the style sheet.
const (
	chainLaneHeight = 196
	chainDotY       = 24
)

// chainStroke is one link as drawn: a nested picture from column to column,
// so that its curve stretches with the page while its line keeps its width.
type chainStroke struct {
	x, width string
	path     string
	class    string
	broken   bool
	breakX   string
	breakY   string
}

// chainDot is one node as drawn.
type chainDot struct {
	x, y  string
	class string
	r     string
}

func (p chainPlan) height() string { return strconv.Itoa(p.lanes * chainLaneHeight) }

func (p chainPlan) column(stage float64) string {
	return strconv.FormatFloat(100*stage/float64(len(p.chain.Stages)), 'f', 3, 64) + "%"
}

func dotY(lane int) int { return lane*chainLaneHeight + chainDotY }

// rail is the faint line of the whole way, on which the thread is drawn.
func (p chainPlan) rail() (end, y string) {
	return p.column(float64(len(p.chain.Stages) - 1)), strconv.Itoa(dotY(0))
}

func (p chainPlan) strokes() []chainStroke {
	var strokes []chainStroke
	for _, l := range p.chain.Links {
		from, ok := p.find(l.From)
		to, found := p.find(l.To)
		if !ok || !found {
			continue
		}
		strokes = append(strokes, p.stroke(from, to))
	}
	return strokes
}

func (p chainPlan) stroke(from, to placedNode) chainStroke {
	y1, y2 := strconv.Itoa(dotY(from.lane)), strconv.Itoa(dotY(to.lane))
	s := chainStroke{
		x:     p.column(float64(from.stage)),
		width: p.column(float64(to.stage - from.stage)),
		path:  "M0 " + y1 + "H100",
		class: "thread",
	}
	if from.lane != to.lane {
		s.path = "M0 " + y1 + "H88C97 " + y1 + " 91 " + y2 + " 100 " + y2
	}
	if to.Gap {
		s.broken, s.class = true, "thread thread-gap"
		s.breakX = p.column(float64(to.stage) - 0.22)
		s.breakY = y2
	}
	return s
}

func (p chainPlan) dots() []chainDot {
	dots := make([]chainDot, 0, len(p.nodes))
	for _, n := range p.nodes {
		d := chainDot{x: p.column(float64(n.stage)), y: strconv.Itoa(dotY(n.lane)), class: "dot " + n.dotClass(), r: "5"}
		if n.Focus {
			d.r = "6"
		}
		dots = append(dots, d)
	}
	return dots
}

// ahead are the columns that were not reached.
func (p chainPlan) ahead() []string {
	var columns []string
	for s, stage := range p.chain.Stages {
		if len(stage.Nodes) == 0 {
			columns = append(columns, p.column(float64(s)))
		}
	}
	return columns
}

func (n placedNode) dotClass() string {
	switch {
	case n.Gap:
		return "dot-gap"
	case n.Verdict == Superseded || n.Verdict == Aged || n.Verdict == Unknown:
		return "dot-" + string(n.Verdict)
	case n.Focus:
		return "dot-focus"
	default:
		return "dot-plain"
	}
}

func (n placedNode) class() string {
	class := "node lane-" + strconv.Itoa(n.lane) + " stage-" + strconv.Itoa(n.stage) + " node-" + n.dotClass()
	if n.Focus {
		class += " node-focus"
	}
	if n.Gap {
		class += " node-gap"
	}
	return class
}

// splits tells that the node's quantity went several ways.
func (n placedNode) splits() bool {
	return len(n.out) > 1 && slices.ContainsFunc(n.out, func(l ChainLink) bool { return l.Quantity != "" })
}

// absent says of a stage without nodes whether it can still come: the chain of
// an order that was made by hand begins at the order.
func (c Chain) absent(stage int) string {
	if slices.ContainsFunc(c.Stages[stage:], func(later ChainStage) bool { return len(later.Nodes) > 0 }) {
		return "none"
	}
	return "not yet"
}

// outgoing is the one link that leaves the node, whose time is written on it.
func (n placedNode) outgoing() (ChainLink, bool) {
	if len(n.out) != 1 {
		return ChainLink{}, false
	}
	return n.out[0], true
}
