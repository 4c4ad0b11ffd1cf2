package ui

import (
	"slices"
	"strconv"
)

// FlowPath is the way from the sources to the targets, drawn from left to right.
type FlowPath struct {
	Label   string
	Columns []FlowColumn
	Links   []FlowLink
}

// FlowColumn is what stands below each other in the drawing.
type FlowColumn struct {
	Title string
	Nodes []FlowNode
}

// FlowNode is a system or a part of the tower, with the figures of its hop.
type FlowNode struct {
	ID        string
	Title     string
	Href      string
	Figures   string // "12.3 /s · p95 340 ms"
	Waits     string // "28 wait, the first since 12 s"; empty when nothing does
	WaitsHref string // leads to why
	Health    Health
	State     string // in words
	// Constraint marks the hop that holds up the others.
	Constraint bool
}

// FlowLink joins two nodes; Weight from 1 to 4 is how much passes.
type FlowLink struct {
	From, To string
	Health   Health
	Weight   int
}

// MaxFlowLanes bounds the height of the drawing; a table beside it holds all.
const MaxFlowLanes = 10

func (p FlowPath) lanes() int {
	lanes := 1
	for _, c := range p.Columns {
		lanes = max(lanes, len(c.Nodes))
	}
	return min(lanes, MaxFlowLanes)
}

// roomyLanes is how many lanes leave each node its three lines; with more a
// node has two, so that the page still fits a screen.
const roomyLanes = 3

func (p FlowPath) class() string {
	class := "flow-path flow-columns-" + strconv.Itoa(len(p.Columns)) + " flow-lanes-" + strconv.Itoa(p.lanes())
	if p.lanes() > roomyLanes {
		class += " flow-dense"
	}
	return class
}

// fullLanes is how many lanes a column may have until its nodes keep to one line.
const fullLanes = 5

func (c FlowColumn) class() string {
	if len(c.Nodes) > fullLanes {
		return "flow-column flow-crowded"
	}
	return "flow-column"
}

// shown are the nodes of a column that fit.
func (c FlowColumn) shown() []FlowNode { return c.Nodes[:min(len(c.Nodes), MaxFlowLanes)] }

// spot is a node's place in a drawing of 1,000 by 1,000.
func (p FlowPath) spot(id string) (column int, y float64, ok bool) {
	for c, col := range p.Columns {
		nodes := col.shown()
		if i := slices.IndexFunc(nodes, func(n FlowNode) bool { return n.ID == id }); i >= 0 {
			return c, 1000 * (float64(i) + 0.5) / float64(len(nodes)), true
		}
	}
	return 0, 0, false
}

type flowStroke struct{ path, class string }

// strokes are the links, level behind the boxes and bent in the gap between them.
func (p FlowPath) strokes() []flowStroke {
	var strokes []flowStroke
	width := 1000 / float64(max(len(p.Columns), 1))
	for _, l := range p.Links {
		from, y1, ok := p.spot(l.From)
		to, y2, found := p.spot(l.To)
		if !ok || !found {
			continue
		}
		start, bend, end := width*float64(from)+20, width*float64(from+1)-34, width*float64(to)
		middle := (bend + end) / 2
		strokes = append(strokes, flowStroke{
			path:  "M" + px(start) + " " + px(y1) + "H" + px(bend) + "C" + px(middle) + " " + px(y1) + " " + px(middle) + " " + px(y2) + " " + px(end) + " " + px(y2),
			class: "flow-link flow-weight-" + strconv.Itoa(min(max(l.Weight, 1), 4)) + " flow-" + string(l.Health),
		})
	}
	return strokes
}

func (n FlowNode) class() string {
	class := "flow-node flow-" + string(n.Health)
	if n.Constraint {
		class += " flow-constraint"
	}
	return class
}
