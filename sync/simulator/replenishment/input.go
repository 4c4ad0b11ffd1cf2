package replenishment

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/simulator/replenish"
)

// input gathers what the policy needs to know of an item-DC; what is not known
// stays nil.
func (k *knowledge) input(at key, business, now time.Time) (replenish.Input, error) {
	in := replenish.Input{Now: business, SupplyAsOf: &now}
	if s, ok := k.stock[at]; ok {
		in.Stock = &replenish.Stock{OnHand: s.OnHand, Allocated: s.Allocated, Version: s.Version, AsOf: s.AsOf}
	}
	var err error
	if l, ok := k.locations[at.dc]; ok {
		if in.Zone, err = time.LoadLocation(l.TimeZone); err != nil {
			return in, fmt.Errorf("time zone of %s: %w", at.dc, err)
		}
	}
	if in.Forecast, err = forecast(k.forecasts, at); err != nil {
		return in, err
	}
	if in.Earlier, err = forecast(k.earlier, at); err != nil {
		return in, err
	}
	if k.knowsTerms(at.item) {
		terms, err := k.terms(at.item)
		if err != nil {
			return in, err
		}
		in.Terms = &terms
	}
	in.Supply, err = k.supply(at)
	if last := k.reviews[at]; last.Offered != "" && business.Before(last.Since.AddDate(0, 0, undecidedDays)) {
		in.Undecided = last.Offered
	}
	return in, err
}

// forecast is the one of an item-DC among known revisions, nil when there is none.
func forecast(known map[key]revision, at key) (*replenish.Forecast, error) {
	f, ok := known[at]
	if !ok {
		return nil, nil //nolint:nilnil // not known yet
	}
	start, err := time.Parse(time.DateOnly, f.Start)
	if err != nil {
		return nil, fmt.Errorf("forecast of %s: %w", at, err)
	}
	return &replenish.Forecast{Revision: f.Revision, ModelVersion: f.ModelVersion, Start: start, Buckets: f.Quantities}, nil
}

// knowsTerms reports whether an item and its supplier are known.
func (k *knowledge) knowsTerms(item string) bool {
	master, okItem := k.items[item]
	_, okSupplier := k.suppliers[master.Supplier]
	return okItem && okSupplier
}

func (k *knowledge) terms(item string) (replenish.Terms, error) {
	master := k.items[item]
	supplier := k.suppliers[master.Supplier]
	cutOff, err := time.Parse("15:04", supplier.CutOff)
	if err != nil {
		return replenish.Terms{}, fmt.Errorf("cut-off of %s: %w", supplier.Supplier, err)
	}
	return replenish.Terms{
		Supplier: supplier.Supplier, LeadTimeDays: int(supplier.LeadTimeDays.Ceil().IntPart()),
		Pack: decimal.Max(master.PackSize, decimal.NewFromInt(1)), MOQ: master.MOQ,
		UnitPrice: master.UnitCost, Currency: master.Currency,
		CutOff: time.Duration(cutOff.Hour())*time.Hour + time.Duration(cutOff.Minute())*time.Minute,
	}, nil
}

// supply lists what is on order for an item-DC, as confirmed where a supplier
// has answered.
func (k *knowledge) supply(at key) ([]replenish.Supply, error) {
	var open []replenish.Supply
	for _, number := range slices.Sorted(maps.Keys(k.open[at])) {
		for _, line := range k.orders[number].Lines {
			if line.Item != at.item {
				continue
			}
			quantity, due := line.Quantity, line.NeedBy
			if answer, ok := k.confirmations[lineKey(number, line.Line)]; ok {
				quantity, due = answer.Quantity, answer.PromisedDate
			}
			day, err := time.Parse(time.DateOnly, due)
			if err != nil {
				return nil, fmt.Errorf("order %s: %w", number, err)
			}
			open = append(open, replenish.Supply{Quantity: quantity, Due: day})
		}
	}
	return open, nil
}

// surpluses lists what other DCs can give of an item. A DC that has been asked
// for some and not decided gives nothing.
func (k *knowledge) surpluses(policy *replenish.Policy, at key, business, now time.Time) ([]replenish.Surplus, error) {
	var found []replenish.Surplus
	for _, dc := range slices.Sorted(maps.Keys(k.dcs)) {
		if dc == at.dc || k.promised(at.item, dc) {
			continue
		}
		in, err := k.input(key{at.item, dc}, business, now)
		if err != nil {
			return nil, err
		}
		if spare := policy.Spare(in); spare.IsPositive() {
			found = append(found, replenish.Surplus{DC: dc, Quantity: spare})
		}
	}
	return found, nil
}

func (k *knowledge) promised(item, fromDC string) bool {
	for dc := range k.dcs {
		if last := k.reviews[key{item, dc}]; last.Offered != "" && last.FromDC == fromDC {
			return true
		}
	}
	return false
}

func evaluation(run string, at key, d replenish.Decision, recommendation string, now time.Time) models.Evaluation {
	return models.Evaluation{
		Run: run, Item: at.item, DC: at.dc, Outcome: string(d.Outcome), Reason: d.Reason,
		Recommendation: recommendation, NetRequirement: d.NetRequirement, Basis: d.Basis, EvaluatedAt: now,
	}
}

func recommendation(run string, at key, d replenish.Decision, id string, now time.Time) models.Recommendation {
	p := d.Proposal
	return models.Recommendation{
		Recommendation: id, Kind: string(p.Kind), Run: run, Item: at.item, DC: at.dc, FromDC: p.FromDC,
		Supplier: p.Supplier, Quantity: p.Quantity, Unit: unit, UnitPrice: p.UnitPrice, Currency: p.Currency,
		NeedBy: p.NeedBy.Format(time.DateOnly), OrderBy: p.OrderBy, Reason: d.Reason, Confidence: p.Confidence, Basis: d.Basis, ComputedAt: now,
	}
}
