package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// GapKind is how a confirmation differs from its order.
type GapKind string

// The kinds: nothing will come, one line comes on several days, or one answer
// names another quantity or day.
const (
	GapRejected GapKind = "rejected"
	GapPhased   GapKind = "phased"
	GapRevised  GapKind = "revised"
)

// GapAlternatives is what could fill a confirmation gap.
type GapAlternatives struct {
	Lines     []OtherLine     // open for the same item and DC, the earliest first
	Transfers []SpareStock    // at other DCs, the most first
	Suppliers []OtherSupplier // who have delivered the item, the last to do so first
}

// OtherLine is an open order line with what it is still to bring.
type OtherLine struct {
	Number   string
	Line     int
	Quantity decimal.Decimal
	Day      time.Time // business day
}

// SpareStock is what a DC can give away without running out itself.
type SpareStock struct {
	DC       string
	Quantity decimal.Decimal
}

// OtherSupplier is one who has delivered the item before.
type OtherSupplier struct {
	Supplier   string
	Name       string
	Lines      int
	ReceivedAt time.Time // the last time, real time
}

// Spare is what can be taken at once so that stock still lasts over a number
// of business days, the one of from first; never negative, never more than is there.
func (c Cover) Spare(from time.Time, days int) decimal.Decimal {
	spare := c.Available
	for _, day := range c.Days(from, days) {
		spare = decimal.Min(spare, day.Left)
	}
	return decimal.Max(spare, decimal.Zero)
}
