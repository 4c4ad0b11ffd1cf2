package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// DriftCause says why a copy differs from its owner.
type DriftCause string

// The causes. What is in flight is known here and not applied yet; a missing
// event was never sent, nor was a manual edit, which the owner's own ledger
// calls an adjustment. What is only here has no position at the owner. What is
// lost was delivered to a copy that has no such position any more. The others
// stand between two sides of one version.
const (
	DriftInFlight       DriftCause = "in_flight"
	DriftMissingEvent   DriftCause = "missing_event"
	DriftManualEdit     DriftCause = "manual_edit"
	DriftLost           DriftCause = "lost"
	DriftDoublePost     DriftCause = "double_post"
	DriftUnitOfMeasure  DriftCause = "unit_of_measure"
	DriftAllocationRule DriftCause = "allocation_rule"
	DriftOnlyHere       DriftCause = "only_here"
	DriftUnexplained    DriftCause = "unexplained"
)

// DriftTolerated is a difference that its comparison lets pass, so that it is
// never called.
const DriftTolerated DriftCause = "within_tolerance"

// DriftCauses lists every cause that a difference is called by, what heals by itself first.
func DriftCauses() []DriftCause {
	return []DriftCause{
		DriftInFlight, DriftMissingEvent, DriftManualEdit, DriftLost, DriftDoublePost, DriftUnitOfMeasure, DriftAllocationRule, DriftOnlyHere, DriftUnexplained,
	}
}

// Rereadable reports whether reading the key again from its owner mends it:
// the owner's figure has a version that never came, or that was lost.
func (c DriftCause) Rereadable() bool {
	return c == DriftMissingEvent || c == DriftManualEdit || c == DriftLost
}

// HealTries is how many tries in a row to mend a difference may not help until
// the tower leaves it to a person.
const HealTries = 5

// StockFigure is the stock of an item at a DC as one side has it.
type StockFigure struct {
	OnHand    decimal.Decimal
	Allocated decimal.Decimal
	Version   int64
	Unit      string     // of both quantities, empty when the side does not say
	AsOf      *time.Time // the side's own time of the figure, nil when it has none
}

// Same reports whether both sides say the same quantities.
func (f StockFigure) Same(other StockFigure) bool {
	return f.OnHand.Equal(other.OnHand) && f.Allocated.Equal(other.Allocated)
}

// Available is what is on hand and not allocated.
func (f StockFigure) Available() decimal.Decimal { return f.OnHand.Sub(f.Allocated) }

// ReconcileRun is one comparison of an owner's snapshot with our copy. Its
// times are real; DriftValue and UnexplainedValue are what stood when it ended, at cost.
type ReconcileRun struct {
	ID         int64
	Source     string
	Comparison string         // as it is declared; empty for a run from before there were any
	Tolerance  DriftTolerance `gorm:"embedded;embeddedPrefix:tolerance_"`
	AskedBy    string
	StartedAt  time.Time
	FinishedAt *time.Time
	State      string // running, finished, failed, interrupted
	Compared   int64
	Matched    int64
	Within     int64 // of these, that differ within the tolerance
	InFlight   int64
	Drifted    int64
	Healed     int64
	Cleared    int64                // earlier differences on which both sides agree again
	Causes     map[DriftCause]int64 `gorm:"serializer:json"` // the differences it called
	DriftValue Sums                 `gorm:"serializer:json"`
	Error      string               // why it failed, or, of a finished run, why a copy was delivered nothing again
	Failures   int64                // of a failed run in a list: how many of its source failed in a row up to it
	FailingAt  *time.Time           // when the first of these began

	UnexplainedValue Sums `gorm:"serializer:json"`
	SignedBy         string
	SignedAt         *time.Time
	SignNote         string
}

// Called counts a difference of a cause.
func (r *ReconcileRun) Called(c DriftCause) {
	if r.Causes == nil {
		r.Causes = map[DriftCause]int64{}
	}
	r.Causes[c]++
}

// Drift is a difference that two looks agreed on. Why is what its cause rests on.
type Drift struct {
	ID         int64
	Source     string // the owner, or the system that holds the copy
	IsCopy     bool   // Ours is what that system holds
	Item       string
	DC         string
	Cause      DriftCause
	Why        string
	Theirs     StockFigure `gorm:"embedded;embeddedPrefix:their_"`
	Ours       StockFigure `gorm:"embedded;embeddedPrefix:our_"`
	Parted     Divergence  `gorm:"embedded;embeddedPrefix:parted_"`
	FoundAt    time.Time
	ClearedAt  *time.Time
	ClearedHow string
	Value      decimal.Decimal // of the difference on hand, at cost
	Currency   string
}

// DriftFilter asks for differences: standing or cleared, of a DC and of a
// cause; empty parts do not filter.
type DriftFilter struct {
	Cleared bool
	DC      string
	Cause   DriftCause
	By      Sorting // item, dc, held, why, theirs, copy, difference, worth, allocated, found
}

// DriftSum is how many differences match a filter, and what they are worth at cost.
type DriftSum struct {
	All   int64
	Value Sums `gorm:"serializer:json"`
}
