package models

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// ExpectedReceipt is a quantity expected at the start of a business day.
type ExpectedReceipt struct {
	Day      time.Time
	Quantity decimal.Decimal
}

// Cover is what is known of the supply and demand of one item at one DC.
// Daily are forecast buckets of one business day from Start.
type Cover struct {
	Available decimal.Decimal
	Start     time.Time
	Daily     []decimal.Decimal
	Receipts  []ExpectedReceipt
}

// Projection is what becomes of available stock up to a horizon.
type Projection struct {
	StockoutAt time.Time       // business time at which stock first runs out; zero when it does not
	Shortage   decimal.Decimal // the deepest lack of stock in the horizon, never negative
}

// RunsOut reports whether stock runs out inside the horizon.
func (p Projection) RunsOut() bool { return !p.StockoutAt.IsZero() }

// Project follows available stock day by day over the business interval
// [from, to). What is left of the day of from counts by its share; a receipt
// is there from the start of its day, and one that is overdue counts as of from.
// Stock below zero with no demand at all is not a stockout.
func (c Cover) Project(from, to time.Time) Projection {
	var p Projection
	left := c.Available.Add(c.receivedBefore(from))
	for opens := from; opens.Before(to); {
		closes := earlier(nextDay(opens), to)
		left = left.Add(c.receivedBetween(opens, from))
		demand := c.demand(opens, closes)
		after := left.Sub(demand)
		if demand.IsPositive() && after.IsNegative() {
			if !p.RunsOut() {
				p.StockoutAt = opens.Add(lasts(left, demand, closes.Sub(opens)))
			}
			p.Shortage = decimal.Max(p.Shortage, after.Neg())
		}
		left, opens = after, closes
	}
	return p
}

// StockDay is what is left at the end of a business day; below zero it is what
// was asked for and could not be given.
type StockDay struct {
	Day  time.Time
	Left decimal.Decimal
}

// Days follows available stock over a number of business days, the one of from
// first; receipts count as in Project.
func (c Cover) Days(from time.Time, days int) []StockDay {
	out := make([]StockDay, 0, days)
	left, opens := c.Available.Add(c.receivedBefore(from)), from
	for range days {
		closes := nextDay(opens)
		left = left.Add(c.receivedBetween(opens, from)).Sub(c.demand(opens, closes))
		out = append(out, StockDay{Day: opens.Truncate(businessDay), Left: left})
		opens = closes
	}
	return out
}

// With is the cover with one more receipt.
func (c Cover) With(day time.Time, quantity decimal.Decimal) Cover {
	c.Receipts = append(slices.Clone(c.Receipts), ExpectedReceipt{Day: day, Quantity: quantity})
	return c
}

// demand is that of one business day or a part of it.
func (c Cover) demand(opens, closes time.Time) decimal.Decimal {
	if closes.Sub(opens) < businessDay {
		return DemandBetween(c.Start, c.Daily, opens, closes)
	}
	bucket := int(opens.Sub(c.Start) / businessDay)
	if opens.Before(c.Start) || bucket >= len(c.Daily) {
		return decimal.Zero
	}
	return c.Daily[bucket]
}

// receivedBefore is what should have come before the day of t, or on it.
func (c Cover) receivedBefore(t time.Time) decimal.Decimal {
	total := decimal.Zero
	for _, r := range c.Receipts {
		if !r.Day.After(t) {
			total = total.Add(r.Quantity)
		}
	}
	return total
}

// receivedBetween is what comes at the start of the day that opens, unless it
// has been counted as of from.
func (c Cover) receivedBetween(opens, from time.Time) decimal.Decimal {
	total := decimal.Zero
	for _, r := range c.Receipts {
		if r.Day.After(from) && r.Day.Equal(opens) {
			total = total.Add(r.Quantity)
		}
	}
	return total
}

func nextDay(t time.Time) time.Time { return t.Truncate(businessDay).Add(businessDay) }

// lasts is how much of a span a stock covers at an even demand over that span.
func lasts(stock, demand decimal.Decimal, span time.Duration) time.Duration {
	if !stock.IsPositive() {
		return 0
	}
	share := stock.Mul(decimal.NewFromInt(int64(span / time.Second))).Div(demand)
	return time.Duration(share.IntPart()) * time.Second
}

// ValueAtRisk is what a lack of stock costs: max(0, demand − available −
// receipts) × unit margin, in the currency of the margin.
func ValueAtRisk(demand, available, receipts, margin decimal.Decimal) decimal.Decimal {
	lack := demand.Sub(available).Sub(receipts)
	if !lack.IsPositive() || !margin.IsPositive() {
		return decimal.Zero
	}
	return lack.Mul(margin).Round(2)
}

// UnitMargin is price − cost; where that is not positive, percent of the price.
func UnitMargin(price, cost, percent decimal.Decimal) decimal.Decimal {
	if margin := price.Sub(cost); margin.IsPositive() && cost.IsPositive() {
		return margin
	}
	return price.Mul(percent).Div(decimal.NewFromInt(100))
}

// HoursToStockout is (available + receipts) ÷ demand in business hours; false
// when there is no demand and stock never runs out.
func HoursToStockout(available, receipts, dailyDemand decimal.Decimal) (decimal.Decimal, bool) {
	if !dailyDemand.IsPositive() {
		return decimal.Zero, false
	}
	stock := decimal.Max(available.Add(receipts), decimal.Zero)
	return stock.Mul(decimal.NewFromInt(24)).Div(dailyDemand).Round(1), true
}
