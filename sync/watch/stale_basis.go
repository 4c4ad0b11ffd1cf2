package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// staleBasis is WFL-02: a recommendation waits for a decision on figures that
// have moved on.
type staleBasis struct {
	conditions interface {
		Waiting(ctx context.Context, rule store.BasisRule, at time.Time) ([]store.OpenProposal, error)
	}
	windows Windows
}

func (staleBasis) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionStaleBasis}
}

// Detect leaves out recommendations without a basis, which are unknown and not
// stale, and those that would come out the same: nobody has to respond to them,
// and the approval shows the verdict all the same.
func (d staleBasis) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	waiting, err := d.conditions.Waiting(ctx, store.BasisRule{Clock: l.Clock, Window: d.windows.BasisAge}, l.Real)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, p := range waiting {
		stale := p.Basis.Verdict == models.VerdictAged || p.Basis.Verdict == models.VerdictSuperseded
		if stale && p.Basis.Effect(p.Quantity).Abs().GreaterThan(p.Basis.Tolerance) {
			s := d.signal(p)
			if p.Basis.Verdict == models.VerdictAged {
				s.Through = l.owner("inventory")
			}
			signals = append(signals, s)
		}
	}
	return signals, nil
}

func (d staleBasis) signal(p store.OpenProposal) models.Signal {
	effect := p.Basis.Effect(p.Quantity)
	s := models.Signal{
		Code: models.ExceptionStaleBasis, Key: p.Recommendation, AlsoTeam: models.TeamPlanner, Currency: p.Currency,
		Title: fmt.Sprintf("%s of %s for %s stands on old figures", amount(p.Quantity, p.Unit), p.Description, p.DC),
		Happened: fmt.Sprintf("%s Computed again, it would be %s instead of %s.",
			p.Basis.Changed, amount(p.Basis.Recomputed, p.Unit), amount(p.Quantity, p.Unit)),
		Subject: models.ExceptionSubject{Item: p.Item, DC: p.DC, Supplier: p.Supplier, Recommendation: p.Recommendation},
		Risk:    models.Risk{AtLeast: p.Basis.Consequence(p.Quantity), At: &p.OrderBy},
	}
	if p.Quantity.IsPositive() {
		s.Risk.Value = effect.Abs().Mul(p.Value).Div(p.Quantity).Round(2)
	}
	return s
}
