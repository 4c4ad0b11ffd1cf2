package replenish

import (
	"time"

	"github.com/shopspring/decimal"
)

// Forecast is a revision in daily buckets from Start, a business day.
type Forecast struct {
	Revision     int64
	ModelVersion string
	Start        time.Time
	Buckets      []decimal.Decimal
}

// On is the demand expected on a day. The first bucket stands for the days
// before it, the last week repeats after the end.
func (f Forecast) On(date time.Time) decimal.Decimal {
	if len(f.Buckets) == 0 {
		return decimal.Zero
	}
	i := max(int(day(date).Sub(day(f.Start)).Hours()/24), 0)
	if n := len(f.Buckets); i >= n {
		week := min(n, 7)
		i = n - week + (i-n)%week
	}
	return f.Buckets[i]
}

// Sum is the demand expected over so many days from a day on.
func (f Forecast) Sum(from time.Time, days int) decimal.Decimal {
	total := decimal.Zero
	for offset := range days {
		total = total.Add(f.On(from.AddDate(0, 0, offset)))
	}
	return total
}
