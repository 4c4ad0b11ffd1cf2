package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// DriftCause says why a copy differs from its owner.
type DriftCause string

// The causes. What is in flight is known here and not applied yet; a missing
// event was never sent.
const (
	DriftInFlight     DriftCause = "in_flight"
	DriftMissingEvent DriftCause = "missing_event"
	DriftUnexplained  DriftCause = "unexplained"
)

// StockFigure is the stock of an item at a DC as one side has it.
type StockFigure struct {
	OnHand    decimal.Decimal
	Allocated decimal.Decimal
	Version   int64
}

// Same reports whether both sides say the same quantities.
func (f StockFigure) Same(other StockFigure) bool {
	return f.OnHand.Equal(other.OnHand) && f.Allocated.Equal(other.Allocated)
}

// ReconcileRun is one comparison of an owner's snapshot with our copy. Its
// times are real; DriftValue is at cost.
type ReconcileRun struct {
	ID         int64
	Source     string
	AskedBy    string
	StartedAt  time.Time
	FinishedAt *time.Time
	State      string // running, finished, failed, interrupted
	Compared   int64
	Matched    int64
	InFlight   int64
	Drifted    int64
	Healed     int64
	DriftValue decimal.Decimal
	Error      string
}

// Drift is a difference that two looks agreed on.
type Drift struct {
	ID         int64
	Item       string
	DC         string
	Cause      DriftCause
	Theirs     StockFigure `gorm:"embedded;embeddedPrefix:their_"`
	Ours       StockFigure `gorm:"embedded;embeddedPrefix:our_"`
	FoundAt    time.Time
	ClearedAt  *time.Time
	ClearedHow string
}
