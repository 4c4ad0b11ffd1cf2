package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// ThresholdFact is the newest word of the owner that stock fell to or below a
// level, beside what is available now.
type ThresholdFact struct {
	Threshold string // safety_stock, reorder_point
	Level     decimal.Decimal
	Told      decimal.Decimal  // available when it was told
	At        time.Time        // real time
	Seq       int64            // of its event in the log
	Available *decimal.Decimal // now; nil where no balance is known
}

// Stands tells whether stock is still at or below the level; where no balance is
// known, the owner's word holds.
func (t ThresholdFact) Stands() bool {
	return t.Available == nil || t.Available.LessThanOrEqual(t.Level)
}
