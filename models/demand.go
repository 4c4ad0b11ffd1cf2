package models

import (
	"time"

	"github.com/shopspring/decimal"
)

const businessDay = 24 * time.Hour

// DemandBetween is what a forecast in daily buckets from start expects in the
// business interval [from, to); a bucket that is cut counts by its share, and
// days outside the buckets count nothing.
func DemandBetween(start time.Time, daily []decimal.Decimal, from, to time.Time) decimal.Decimal {
	total := decimal.Zero
	for i, quantity := range daily {
		opens := start.Add(time.Duration(i) * businessDay)
		closes := opens.Add(businessDay)
		if !opens.Before(to) {
			break
		}
		overlap := earlier(closes, to).Sub(later(opens, from))
		if overlap <= 0 {
			continue
		}
		share := decimal.NewFromInt(overlap.Milliseconds()).Div(decimal.NewFromInt(businessDay.Milliseconds()))
		total = total.Add(quantity.Mul(share))
	}
	return total.Round(3)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
