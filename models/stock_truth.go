package models

import "github.com/shopspring/decimal"

// StockMeasure is one of the quantities that systems keep of their stock.
type StockMeasure string

// The measures: what is there, what of it is promised to orders, and the rest.
const (
	MeasureOnHand    StockMeasure = "on_hand"
	MeasureAllocated StockMeasure = "allocated"
	MeasureAvailable StockMeasure = "available"
)

// StockMeasures lists them.
func StockMeasures() []StockMeasure {
	return []StockMeasure{MeasureOnHand, MeasureAllocated, MeasureAvailable}
}

// Of is the measure in a figure.
func (m StockMeasure) Of(f StockFigure) decimal.Decimal {
	switch m {
	case MeasureAllocated:
		return f.Allocated
	case MeasureAvailable:
		return f.Available()
	case MeasureOnHand:
	}
	return f.OnHand
}

// StockTold is what a system said of an item at a DC when it was compared.
type StockTold struct {
	Item, DC string
	StockFigure
}

// SystemStock is what one system has of an item at a DC. Difference and
// Unexplained are amounts of the measure that was asked for, without a sign:
// how far the system is from the owner, and what of that no cause explains.
type SystemStock struct {
	System      string // empty for the tower's own ledger
	IsOwner     bool
	Figure      StockFigure // without a time where the system has no such position
	Difference  decimal.Decimal
	Unexplained decimal.Decimal
	Cause       DriftCause // DriftAgrees where it does not differ, DriftTolerated where it may
	Drift       int64      // the difference that reconciliation called; 0 for none
}

// StockTruth is the stock of an item at a DC as every system has it that is
// compared: the owner first, then the tower, then those that hold a copy. The
// amounts add up what the systems differ from the owner, in Unit; Value is what
// is unexplained, at cost.
type StockTruth struct {
	Item        string
	DC          string
	Description string
	Unit        string
	Systems     []SystemStock
	Difference  decimal.Decimal
	Unexplained decimal.Decimal
	Value       decimal.Decimal
	Currency    string
}

// Explained is the part of the difference that has a cause.
func (s StockTruth) Explained() decimal.Decimal { return s.Difference.Sub(s.Unexplained) }

// Causes are why systems differ, each once, without what nothing explains.
func (s StockTruth) Causes() []DriftCause {
	var causes []DriftCause
	for _, cause := range append(DriftCauses(), DriftTolerated) {
		for _, system := range s.Systems {
			if system.Cause == cause && cause != DriftUnexplained {
				causes = append(causes, cause)
				break
			}
		}
	}
	return causes
}

// StockTruthFilter asks for items at DCs; empty parts do not filter. Differing
// leaves out those on which all systems agree, within the tolerance of their comparisons.
type StockTruthFilter struct {
	Item, DC  string
	Measure   StockMeasure // on hand when empty
	Differing bool
}

// StockTruthTotals sum up what a filter matches. Value is of what is
// unexplained, at cost.
type StockTruthTotals struct {
	Keys      int64 // items at DCs, differing or not
	Differing int64
	Value     Sums `gorm:"serializer:json"`
}
