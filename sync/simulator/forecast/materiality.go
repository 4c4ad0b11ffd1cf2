package forecast

import "github.com/shopspring/decimal"

// Materiality is the rule by which a forecast is worth a new revision: over
// the lead-time horizon the sum moved by at least MinPieces and by at least
// Share of what was published.
type Materiality struct {
	MinPieces decimal.Decimal
	Share     decimal.Decimal // 0.2 is 20 %
}

// Changed compares a fresh forecast with the published one over the first
// leadDays days of fresh. age is the number of days by which fresh starts
// later than published. A published forecast that no longer covers the
// horizon has changed.
func (m Materiality) Changed(published, fresh []decimal.Decimal, age, leadDays int) bool {
	leadDays = min(leadDays, len(fresh))
	if age < 0 || age+leadDays > len(published) {
		return true
	}
	before, after := sum(published[age:age+leadDays]), sum(fresh[:leadDays])
	delta := after.Sub(before).Abs()
	return delta.GreaterThanOrEqual(decimal.Max(m.MinPieces, before.Mul(m.Share)))
}

func sum(buckets []decimal.Decimal) decimal.Decimal {
	total := decimal.Zero
	for _, pieces := range buckets {
		total = total.Add(pieces)
	}
	return total
}
