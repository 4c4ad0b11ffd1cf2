package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// notOrdered is WFL-05: an approval has no order in the ERP, because the ERP
// refused it or because nothing came of it in time.
type notOrdered struct {
	conditions interface {
		Unordered(ctx context.Context, now, floor time.Time) ([]store.OpenProposal, error)
	}
	windows Windows
}

func (notOrdered) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionNotOrdered}
}

func (d notOrdered) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	unordered, err := d.conditions.Unordered(ctx, l.Real, l.Started.Add(d.windows.Ordered))
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	pause := l.paused(models.PauseTarget, models.TargetERP)
	for _, p := range unordered {
		if pause != nil && !p.Failed && !l.missed(p.OrderBy, pause) {
			continue // it is sent when the pause ends, in time
		}
		signals = append(signals, d.signal(p))
	}
	return signals, nil
}

func (d notOrdered) signal(p store.OpenProposal) models.Signal {
	what := "purchase from " + p.Supplier
	if p.FromDC != "" {
		what = "transfer from " + p.FromDC
	}
	s := models.Signal{
		Code: models.ExceptionNotOrdered, Key: p.Recommendation, AlsoTeam: models.TeamIT, Currency: p.Currency, Occurrences: p.Attempts,
		Title: fmt.Sprintf("Approved, not ordered: %s of %s for %s", amount(p.Quantity, p.Unit), p.Description, p.DC),
		Happened: fmt.Sprintf("The %s for %s was approved at %s and has no order in the ERP. %s",
			what, money(p.Value, p.Currency), models.Instant(p.DecidedAt), held(p)),
		Subject: models.ExceptionSubject{
			Item: p.Item, DC: p.DC, Supplier: p.Supplier, Recommendation: p.Recommendation, ERPWrite: p.Write,
		},
		Risk: models.Risk{AtLeast: models.ConsequenceEffect, Value: p.Value, At: &p.OrderBy},
	}
	s.Through = p.System
	if p.Failed { // it answered, so that it is not waited for
		s.Through = ""
		s.Title = fmt.Sprintf("The ERP refused %s of %s for %s", amount(p.Quantity, p.Unit), p.Description, p.DC)
	}
	return s
}

func held(p store.OpenProposal) string {
	switch {
	case p.Failed:
		return "The ERP refused it: " + orUnknown(p.Error) + "."
	case p.Error != "":
		return fmt.Sprintf("The last of %s failed: %s. It is tried again by itself.", plural(int64(p.Attempts), "attempt"), p.Error)
	default:
		return "No attempt has failed."
	}
}
