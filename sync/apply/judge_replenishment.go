package apply

import (
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
)

// materialShare is the change of a forecast over the lead time from which on it matters, beside one pack.
var materialShare = decimal.New(5, -2)

// horizonDays stands in for the lead time of a supplier that is not known yet.
const horizonDays = 7

func (j *judge) forecast(e *entry, f *models.ForecastRevision) verdict {
	newest := j.state.Forecasts.At(store.StockKey{Item: f.Item, DC: f.DC})
	before := *newest
	v := byVersion(&newest.Known, f.Revision, e.hash)
	if v != applied {
		return v
	}
	start, err := time.Parse(time.DateOnly, f.Start)
	if err != nil {
		return parked(codeContract, "The day %q is not a date.", f.Start)
	}
	newest.Start, newest.Quantities = start, f.Quantities
	row := compareRevisions(&before, newest, *j.state.Plans.At(f.Item))
	row.Fact = store.Fact[models.ForecastRevision]{Event: e.event, Data: f, Hash: e.hash}
	j.effects.forecasts = append(j.effects.forecasts, row)
	return applied
}

// compareRevisions sums both revisions over the days of the supplier's lead
// time that both cover. A change matters from one pack or 5 % on, whichever is
// more; the first revision always does.
func compareRevisions(before, after *store.Revision, plan store.Plan) store.ForecastRow {
	lead := int(plan.LeadTimeDays.Ceil().IntPart())
	if lead < 1 {
		lead = horizonDays
	}
	lead = min(lead, len(after.Quantities))
	row := store.ForecastRow{Quantity: sum(after.Quantities[:lead]), Material: true}
	if !before.Exists {
		return row
	}
	offset := int(after.Start.Sub(before.Start) / day)
	first, end := max(0, -offset), min(lead, len(before.Quantities)-offset)
	if first >= end {
		return row
	}
	previous := sum(before.Quantities[first+offset : end+offset])
	row.Previous = &previous
	change := sum(after.Quantities[first:end]).Sub(previous).Abs()
	row.Material = change.IsPositive() && change.GreaterThanOrEqual(decimal.Max(plan.PackSize, previous.Mul(materialShare)))
	return row
}

func sum(quantities []decimal.Decimal) decimal.Decimal {
	var total decimal.Decimal
	for _, q := range quantities {
		total = total.Add(q)
	}
	return total
}

func (j *judge) evaluation(e *entry, f *models.Evaluation) verdict {
	v := byNumber(j.state.Evaluations.At(store.EvaluationKey{Run: f.Run, Item: f.Item, DC: f.DC}), e.hash)
	if v == applied {
		j.effects.evaluations = append(j.effects.evaluations, store.Fact[models.Evaluation]{Event: e.event, Data: f, Hash: e.hash})
	}
	return v
}

func (j *judge) recommendation(e *entry, f *models.Recommendation) verdict {
	v := byNumber(j.state.Recommendations.At(f.Recommendation), e.hash)
	if v == applied {
		row := store.RecommendationRow{Fact: store.Fact[models.Recommendation]{Event: e.event, Data: f, Hash: e.hash}, Kind: store.BasisMissing}
		if f.Basis != nil {
			row.Kind, row.ForecastRevision = store.BasisDeclared, f.Basis.ForecastRevision
			if f.Basis.Inventory != nil {
				row.StockVersion = f.Basis.Inventory.Version
			}
		}
		j.effects.recommendations = append(j.effects.recommendations, row)
	}
	return v
}
