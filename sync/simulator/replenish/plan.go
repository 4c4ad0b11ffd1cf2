package replenish

import (
	"time"

	"github.com/shopspring/decimal"
)

// places to which levels are rounded for people.
const places = 0

// plan is the arithmetic behind a decision, in pieces.
type plan struct {
	position     decimal.Decimal // available and on order
	safety       decimal.Decimal
	reorderPoint decimal.Decimal
	orderUpTo    decimal.Decimal
	needBy       time.Time // first day on which stock falls below safety
}

func (p Policy) plan(in Input) plan {
	today := day(in.Now)
	exposed := in.Terms.LeadTimeDays + p.ReviewDays
	demand := in.Forecast.Sum(today, exposed)
	mean := demand.Div(decimal.NewFromInt(int64(max(exposed, 1))))

	safety := mean.Mul(decimal.NewFromInt(int64(p.SafetyDays)))
	reorderPoint := demand.Add(safety)
	cycle := in.Forecast.Sum(today.AddDate(0, 0, exposed), p.CycleDays)
	position := in.Stock.Available()
	for _, supply := range in.Supply {
		position = position.Add(supply.Quantity)
	}
	return plan{
		position:     position,
		safety:       safety.Round(places),
		reorderPoint: reorderPoint.Round(places),
		orderUpTo:    reorderPoint.Add(cycle).Round(places),
		needBy:       in.needBy(today, safety, exposed),
	}
}

// needBy walks the forecast day by day, supply arriving in the morning of its
// day (overdue supply today), until stock falls below safety; at the latest
// it is the day on which an order that is placed at the next look arrives.
func (in Input) needBy(today time.Time, safety decimal.Decimal, exposed int) time.Time {
	stock := in.Stock.Available()
	for offset := range exposed {
		date := today.AddDate(0, 0, offset)
		for _, supply := range in.Supply {
			if due := later(day(supply.Due), today); due.Equal(date) {
				stock = stock.Add(supply.Quantity)
			}
		}
		stock = stock.Sub(in.Forecast.On(date))
		if stock.LessThan(safety) {
			return date
		}
	}
	return today.AddDate(0, 0, exposed)
}

// propose takes a transfer when one other DC can spare the whole quantity, else
// a purchase. A supplier is not asked for a day that lies within its lead time.
func (p Policy) propose(in Input, plan plan) *Proposal {
	earliest := day(in.Now).AddDate(0, 0, in.Terms.LeadTimeDays)
	wanted := fullPacks(plan.orderUpTo.Sub(plan.position), in.Terms.Pack)
	if donor, ok := best(in.Surpluses); ok && donor.Quantity.GreaterThanOrEqual(wanted) {
		return &Proposal{
			Kind: Transfer, FromDC: donor.DC, Quantity: wanted,
			UnitPrice: in.Terms.UnitPrice, Currency: in.Terms.Currency,
			NeedBy: plan.needBy, OrderBy: in.orderBy(plan.needBy, p.TransitDays),
		}
	}
	return &Proposal{
		Kind: Purchase, Supplier: in.Terms.Supplier,
		Quantity:  fullPacks(decimal.Max(wanted, in.Terms.MOQ), in.Terms.Pack),
		UnitPrice: in.Terms.UnitPrice, Currency: in.Terms.Currency,
		NeedBy: later(plan.needBy, earliest), OrderBy: in.orderBy(plan.needBy, in.Terms.LeadTimeDays),
	}
}

// orderBy is the last cut-off from which goods arrive by needBy; when that has
// passed it is the next cut-off there is.
func (in Input) orderBy(needBy time.Time, leadDays int) time.Time {
	local := in.Now.In(in.zone())
	next := in.cutOff(local, 0)
	if next.Before(in.Now) {
		next = in.cutOff(local, 1)
	}
	return later(in.cutOff(needBy, -leadDays), next)
}

// cutOff is when the clock on the wall of the DC shows the supplier's cut-off, so
// many days after that of a time. It is not midnight plus that time where clocks are changed.
func (in Input) cutOff(t time.Time, days int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+days, 0, 0, int(in.Terms.CutOff.Seconds()), 0, in.zone()).UTC()
}

func (in Input) zone() *time.Location {
	if in.Zone == nil {
		return time.UTC
	}
	return in.Zone
}

func best(surpluses []Surplus) (Surplus, bool) {
	var most Surplus
	for _, s := range surpluses {
		if s.Quantity.GreaterThan(most.Quantity) {
			most = s
		}
	}
	return most, most.DC != ""
}

// fullPacks rounds up to whole packs, at least one.
func fullPacks(quantity, pack decimal.Decimal) decimal.Decimal {
	packs := decimal.Max(quantity.Div(pack).Ceil(), decimal.NewFromInt(1))
	return packs.Mul(pack)
}

// wholePacks rounds down to whole packs.
func wholePacks(quantity, pack decimal.Decimal) decimal.Decimal {
	return quantity.Div(pack).Floor().Mul(pack)
}

// day is midnight of a business time.
func day(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
