package replenish

import "github.com/shopspring/decimal"

// confidencePlaces is how finely a confidence is told: in percent.
const confidencePlaces = 2

// confidence is how far the newest forecast agrees with the one before it over
// the days that the order has to cover: what both expect of a day, as a share of
// what the higher of them does. A forecast that jumps about is a poor ground for
// a quantity. It is nil without an earlier revision, and without any demand.
func (p Policy) confidence(in Input) *decimal.Decimal {
	if in.Earlier == nil {
		return nil
	}
	both, higher := decimal.Zero, decimal.Zero
	for offset := range in.Terms.LeadTimeDays + p.ReviewDays + p.CycleDays {
		date := day(in.Now).AddDate(0, 0, offset)
		now, before := in.Forecast.On(date), in.Earlier.On(date)
		both, higher = both.Add(decimal.Min(now, before)), higher.Add(decimal.Max(now, before))
	}
	if !higher.IsPositive() {
		return nil
	}
	return new(both.Div(higher).Round(confidencePlaces))
}
