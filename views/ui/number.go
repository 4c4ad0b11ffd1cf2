package ui

import "context"

// Number is a figure with all that is needed to judge it. Value and the
// others are finished text (Exact on detail pages, Overview elsewhere).
type Number struct {
	Label string
	Value string // empty: not measured yet, drawn as a dash
	Unit  string
	Age   Age
	// Target and Previous stand beside the value, such as "98 %".
	Target   string
	Previous string
	// Missed colours a value that is off its target, and names it.
	Missed Severity
	// Note says something else in a few words.
	Note string
	// Href leads to the rows that the figure was made from.
	Href  string
	Trend *Sparkline
	// ID, if set, lets the figure be pushed and glow by itself.
	ID string
}

func (n Number) stale(ctx context.Context) bool {
	return n.Age.Stale(EnvFrom(ctx).Now)
}

func (n Number) valueOrDash() string {
	if n.Value == "" {
		return "–"
	}
	return n.Value
}
