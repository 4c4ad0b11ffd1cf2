package watch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
)

// noInfluence is WFL-01: a material forecast revision reached no evaluation in
// time. It is IT's when the revision was not delivered, the planner's otherwise.
type noInfluence struct {
	conditions interface {
		Uninfluenced(ctx context.Context, business time.Time) ([]store.Uninfluenced, error)
	}
	windows Windows
}

func (noInfluence) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionNoInfluence}
}

func (d noInfluence) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	overdue, err := d.conditions.Uninfluenced(ctx, l.Business)
	if err != nil {
		return nil, err
	}
	cut := d.windows.cutOffs()
	undelivered, unevaluated := map[string][]store.Uninfluenced{}, map[string][]store.Uninfluenced{}
	for _, u := range overdue {
		if u.UndeliveredTo != "" {
			undelivered[u.UndeliveredTo] = append(undelivered[u.UndeliveredTo], u)
		} else {
			unevaluated[u.DC] = append(unevaluated[u.DC], u)
		}
	}
	var signals []models.Signal
	for _, target := range slices.Sorted(maps.Keys(undelivered)) {
		signals = append(signals, d.folded(undelivered[target], l, cut, models.Signal{
			Key: "undelivered|" + target, Team: models.TeamIT, AlsoTeam: models.TeamPlanner,
			Title:    "Forecast revisions do not reach " + target,
			Happened: fmt.Sprintf("%s not delivered to %s in time, so replenishment still works on older forecasts.", plural(int64(len(undelivered[target])), "revision"), target),
			Subject:  models.ExceptionSubject{Source: target},
		}))
	}
	for _, dc := range slices.Sorted(maps.Keys(unevaluated)) {
		signals = append(signals, d.atDC(dc, unevaluated[dc], l, cut)...)
	}
	return signals, nil
}

// atDC is a signal for each item, or one for the DC when it is a flood.
func (d noInfluence) atDC(dc string, overdue []store.Uninfluenced, l Look, cut cutOffs) []models.Signal {
	if len(overdue) > d.windows.FoldAbove {
		return []models.Signal{d.folded(overdue, l, cut, models.Signal{
			Key:      "dc|" + dc,
			Title:    fmt.Sprintf("Forecast revisions at %s have no influence", dc),
			Happened: fmt.Sprintf("%s at %s delivered and not evaluated in time.", plural(int64(len(overdue)), "revision"), dc),
			Subject:  models.ExceptionSubject{DC: dc}, Through: l.owner("replenishment"),
		})}
	}
	var signals []models.Signal
	for _, u := range overdue {
		signals = append(signals, models.Signal{
			Code: models.ExceptionNoInfluence, Key: u.Item + "|" + u.DC, Through: l.owner("replenishment"), Currency: u.Currency,
			Title: fmt.Sprintf("Revision %d of %s at %s has no influence", u.Revision, u.Description, u.DC),
			Happened: fmt.Sprintf("Over the lead time the forecast went from %s to %s. It was delivered, but no evaluation stood on it in time.",
				amount(u.Was, ""), amount(u.Is, "")),
			Subject: models.ExceptionSubject{Item: u.Item, DC: u.DC, Supplier: u.Supplier},
			Risk:    models.Risk{Value: d.value(u), At: cut.next(u.CutOff, u.DC, u.TimeZone, l.Business)},
		})
	}
	return signals
}

// folded makes one signal of many: their values add up, the soonest counts.
func (d noInfluence) folded(overdue []store.Uninfluenced, l Look, cut cutOffs, s models.Signal) models.Signal {
	s.Code, s.Occurrences = models.ExceptionNoInfluence, len(overdue)
	s.Risk.AtLeast = models.ConsequenceEffect
	for _, u := range overdue {
		s.Currency = u.Currency
		s.Risk.Value = s.Risk.Value.Add(d.value(u))
		if at := cut.next(u.CutOff, u.DC, u.TimeZone, l.Business); s.Risk.At == nil || at.Before(*s.Risk.At) {
			s.Risk.At = at
		}
	}
	return s
}

// value is what the change of the forecast is worth: Δ over the lead time × margin.
func (d noInfluence) value(u store.Uninfluenced) decimal.Decimal {
	return u.Is.Sub(u.Was).Abs().Mul(models.UnitMargin(u.Price, u.Cost, d.windows.MarginPercent)).Round(2)
}
