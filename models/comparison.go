package models

import (
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Comparison declares that the stock of its owner is compared with copies of it.
type Comparison struct {
	Name      string
	Owner     string        // the source whose figures count
	Copies    []string      // CopyHere, and systems that hold one; each in one comparison only
	Every     time.Duration // real, and working time of the calendar
	Tolerance DriftTolerance
	Calendar  *Calendar // nil for always
}

// UncomparedCopy is a copy that a comparison declares and that nothing connected
// reads.
type UncomparedCopy struct{ Comparison, System string }

// CopyHere is the copy that the tower itself holds.
const CopyHere = "tower"

// DriftTolerance is how far a copy may be from its owner and still count as
// agreeing, on hand and allocated each: the larger of the two. The percentage is
// of the owner's figure.
type DriftTolerance struct{ Units, Percent decimal.Decimal }

// Covers reports whether two figures agree within the tolerance.
func (t DriftTolerance) Covers(owner, held StockFigure) bool {
	return t.covers(owner.OnHand, held.OnHand) && t.covers(owner.Allocated, held.Allocated)
}

func (t DriftTolerance) covers(owner, held decimal.Decimal) bool {
	return owner.Sub(held).Abs().LessThanOrEqual(decimal.Max(t.Units, owner.Abs().Mul(t.Percent).Shift(-2)))
}

// String is the tolerance in words, such as "±2 units or 0.5 %".
func (t DriftTolerance) String() string {
	var parts []string
	if t.Units.IsPositive() {
		parts = append(parts, t.Units.String()+" units")
	}
	if t.Percent.IsPositive() {
		parts = append(parts, t.Percent.String()+" %")
	}
	if len(parts) == 0 {
		return "none"
	}
	return "±" + strings.Join(parts, " or ")
}
