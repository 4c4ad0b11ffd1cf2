package ui

// Heatmap is a table of DC by hour (or of any two things): grey within its
// target, coloured beyond it, and the figure always there to be read.
type Heatmap struct {
	Caption string
	Unit    string
	// RowTitle heads the first column: "DC".
	RowTitle string
	Columns  []string
	Rows     []HeatRow
	// Shown says that the figures are read, not only the colours.
	Shown bool
	// Named says that rows are told by names and not by short codes, and that
	// their figures lead to another view of the page and not beside the map.
	Named bool
	// Key explains the levels in use, least first.
	Key []HeatKey
}

// HeatRow is one line of cells.
type HeatRow struct {
	Label string
	Href  string
	Cells []HeatCell
}

// HeatCell is one figure. Title is read on hover: "DC-03 14:00: 4.2 s".
type HeatCell struct {
	Value string
	Title string
	Level HeatLevel
	// Href opens what the figure is made of beside the map; empty if nothing does.
	Href string
}

// HeatLevel is how a figure stands to its target.
type HeatLevel int

// The levels: nothing measured, three within the target, three beyond it.
const (
	HeatNone HeatLevel = iota
	HeatLow
	HeatMiddle
	HeatHigh
	HeatOver
	HeatFar
	HeatWorst
)

// HeatKey explains one level.
type HeatKey struct {
	Level HeatLevel
	Text  string
}

func (h Heatmap) class() string {
	class := "heat"
	if h.Shown {
		class += " heat-shown"
	}
	if h.Named {
		class += " heat-named"
	}
	return class
}

func (l HeatLevel) class() string {
	return [...]string{"heat-0", "heat-1", "heat-2", "heat-3", "heat-4", "heat-5", "heat-6"}[l]
}

// LevelOf places a value by its share of the target, 1 being just met.
func LevelOf(share float64) HeatLevel {
	switch {
	case share <= 0.33:
		return HeatLow
	case share <= 0.66:
		return HeatMiddle
	case share <= 1:
		return HeatHigh
	case share <= 1.5:
		return HeatOver
	case share <= 3:
		return HeatFar
	default:
		return HeatWorst
	}
}
