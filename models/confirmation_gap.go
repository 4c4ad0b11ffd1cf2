package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// ConfirmationGap is an open order line that its supplier confirmed with less
// or for later than was asked, beside what that does to stock. The days are
// business days, the stockouts business times, zero where stock lasts.
type ConfirmationGap struct {
	Number       string
	Line         int
	Item         string
	Description  string
	DC           string
	Unit         string
	Supplier     string
	SupplierName string
	Requested    decimal.Decimal
	Confirmed    decimal.Decimal
	NeedBy       time.Time
	Promised     time.Time
	ConfirmedAt  time.Time // real time
	Price        decimal.Decimal
	Currency     string
	Parts        []ExpectedReceipt // what is promised, day by day
	Alternatives GapAlternatives
	Exception    int64      // its open exception, 0 where it is within what is tolerated
	Owner        string     // of the exception
	Said         string     // by the supplier, in its words, or empty
	SaidAt       *time.Time // real time, nil where it said nothing
	SaidSeq      int64      // of its event in the log
	Known        bool       // a forecast says what will be sold
	StockAsOf    time.Time  // of the figure that the projections begin with, where Known
	AsRequested  Projection
	AsConfirmed  Projection
}

// Short is how much less was confirmed than was asked, 0 if nothing.
func (g ConfirmationGap) Short() decimal.Decimal {
	return decimal.Max(g.Requested.Sub(g.Confirmed), decimal.Zero)
}

// LateDays is how many business days later it was promised than asked, 0 if in time.
func (g ConfirmationGap) LateDays() int { return max(int(g.Promised.Sub(g.NeedBy)/businessDay), 0) }

// Rejected tells that nothing will be delivered.
func (g ConfirmationGap) Rejected() bool { return !g.Confirmed.IsPositive() }

// Kind is how the confirmation differs.
func (g ConfirmationGap) Kind() GapKind {
	switch {
	case g.Rejected():
		return GapRejected
	case len(g.Parts) > 1:
		return GapPhased
	default:
		return GapRevised
	}
}

// Judge projects stock from business time now to a horizon, with what was
// asked and with what was confirmed. c is the cover as confirmed.
func (g *ConfirmationGap) Judge(c Cover, now, horizon time.Time) {
	g.Known, g.AsConfirmed = true, c.Project(now, horizon)
	asked := c.With(g.NeedBy, g.Requested)
	for _, part := range g.Parts {
		asked = asked.With(part.Day, part.Quantity.Neg())
	}
	g.AsRequested = asked.Project(now, horizon)
}
