package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// MeasureID names one of the executive measures.
type MeasureID string

// The executive measures. Their formulas are those of MeasureDefinitions.
const (
	MeasureAlignment     MeasureID = "alignment"
	MeasureExposure      MeasureID = "exposure"
	MeasureTouchless     MeasureID = "touchless"
	MeasureLatency       MeasureID = "decision-latency"
	MeasureDrift         MeasureID = "unexplained-drift"
	MeasureInterventions MeasureID = "interventions"
	MeasureAttainment    MeasureID = "sla-attainment"
	MeasureTrace         MeasureID = "trace-completeness"
	MeasureThroughput    MeasureID = "throughput"
)

// MeasureDefinition is what a measure means, said once for the screen and the drill.
type MeasureDefinition struct {
	ID         MeasureID
	Name       string
	Unit       string // %, h, min, UnitMoney, per 1,000 orders, events a minute
	Formula    string
	Exclusions string
	Target     *decimal.Decimal // nil where none is declared
	LowIsGood  bool
	Owner      string // the team that answers for it
	RowValue   string // what the value of one row is
	RowsFirst  string // which rows stand first: those that make it bad
}

// MeasureDefinitions lists the measures in the order in which an executive reads them.
func MeasureDefinitions() []MeasureDefinition {
	return []MeasureDefinition{
		{
			ID: MeasureAlignment, Name: "Forecast-to-execution alignment", Unit: "%", Target: goal(90), Owner: "Planning",
			Formula: "1 − Σ |ordered − implied| ÷ Σ implied, over recommendations decided in the period. Implied is the net requirement of the newest evaluation at the decision, on the newest forecast revision, " +
				"in the item's packs and smallest order; where the engine tells none, it is the recommended quantity",
			Exclusions: "Recommendations still waiting for a decision, or replaced by a newer one before it",
			RowValue:   "Units ordered less units implied",
			RowsFirst:  "the furthest from what was implied",
		},
		{
			ID: MeasureExposure, Name: "Stockout exposure", Unit: UnitMoney, Target: goal(10_000), LowIsGood: true, Owner: "Planning",
			Formula:    "Σ margin of the demand not covered by available stock and firm receipts, over the stockout exceptions open at its end, each as it was last assessed",
			Exclusions: "Item-DCs whose projected stockout lies beyond the lead time, and items in another currency than the company's",
			RowValue:   "Margin at risk",
			RowsFirst:  "the most money",
		},
		{
			ID: MeasureTouchless, Name: "Touchless order rate", Unit: "%", Target: goal(80), Owner: "Procurement",
			Formula:    "orders approved by policy and written without a manual retry ÷ orders made from recommendations in the period",
			Exclusions: "Orders typed into the ERP by hand",
			RowValue:   "1 when touchless, 0 when someone had to act",
			RowsFirst:  "where someone had to act",
		},
		{
			ID: MeasureLatency, Name: "Decision latency", Unit: "min", Target: goal(30), LowIsGood: true, Owner: "Procurement",
			Formula:    "median of ERP order time − publication time of the forecast revision behind it, real time",
			Exclusions: "Orders whose basis names no forecast revision, and recommendations that still wait for a decision",
			RowValue:   "Minutes from revision to order",
			RowsFirst:  "the slowest",
		},
		{
			ID: MeasureDrift, Name: "Unexplained drift", Unit: UnitMoney, Target: goal(0), LowIsGood: true, Owner: "IT",
			Formula:    "Σ |ERP on hand − our on hand| × unit cost, over the differences open at its end that no cause explains",
			Exclusions: "Differences with a cause (on their way, never sent, edited by hand, in another unit: Reconciliation has them), those of copies, and items in another currency than the company's",
			RowValue:   "Difference at cost",
			RowsFirst:  "the most money",
		},
		{
			ID: MeasureInterventions, Name: "Manual interventions", Unit: "per 1,000 orders", Target: goal(100), LowIsGood: true, Owner: "IT",
			Formula:    "changes people made to events, orders, decisions and exceptions in the period ÷ orders in the period × 1,000",
			Exclusions: "Sign-ins, reading, acknowledging, assigning and shelving; asking another system counts once",
			RowValue:   "One action",
			RowsFirst:  "the newest",
		},
		{
			ID: MeasureAttainment, Name: "Promises kept in time", Unit: "%", Target: goal(95), Owner: "IT",
			Formula:    "promises closed before they were due ÷ promises due in the period",
			Exclusions: "Promises whose due time has not come",
			RowValue:   "Minutes late; below zero is early",
			RowsFirst:  "the most overdue",
		},
		{
			ID: MeasureTrace, Name: "Trace completeness", Unit: "%", Target: goal(98), Owner: "IT",
			Formula: "order lines whose chain has every link that is due ÷ order lines made from recommendations in the period: back the decision and the forecast revision, " +
				"on the confirmation by its window, the shipping notice by the promised day and the receipt by its window; what came has all before it",
			Exclusions: "Orders typed into the ERP by hand or cancelled; a line that the supplier rejected is shipped by nobody",
			RowValue:   "1 when every link is there, 0 when one is missing",
			RowsFirst:  "those with a link missing",
		},
		{
			ID: MeasureThroughput, Name: "Throughput", Unit: "events a minute", Owner: "IT",
			Formula:    "events that took effect in the period ÷ its minutes, real time, since they are counted",
			Exclusions: "Loads of history, and the hour that runs, of a period of less than a day the minute that runs",
			RowValue:   "Events",
			RowsFirst:  "the most events",
		},
	}
}

func goal(n int64) *decimal.Decimal {
	d := decimal.NewFromInt(n)
	return &d
}

// Measure is one value with its context. Value is nil when there was nothing to measure.
type Measure struct {
	Definition MeasureDefinition
	Value      *decimal.Decimal
	Previous   *decimal.Decimal // of the period before; nil when that was not measured
	Rows       int64
	AsOf       time.Time
	Trend      []MeasurePoint // the oldest first, the value itself last; only what was measured
}

// Undecided are the recommendations that wait for a decision now, which no measure
// of what was decided counts.
type Undecided struct {
	Waiting int64
	Oldest  *time.Time // real time since when the first of them waits; nil when none does
}

// TrendPeriods is how many periods of a measure's length its trend goes back at most.
const TrendPeriods = 13

// MeasurePoint is the value of a period that ended at To.
type MeasurePoint struct {
	To    time.Time
	Value decimal.Decimal
}

// MeasureRow is one case behind a measure. Ref opens it: an exception id, an
// order or a recommendation, told apart by RefKind.
type MeasureRow struct {
	RefKind string // exception, order, recommendation, item-dc, milestone, audit
	Ref     string
	Label   string
	Item    string
	DC      string
	At      time.Time
	Value   decimal.Decimal
}
