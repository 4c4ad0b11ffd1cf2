package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// unacknowledged is API-10: an order was transmitted, and the supplier's system
// has not said that it arrived. Whether the supplier agrees is another matter.
type unacknowledged struct {
	conditions interface {
		Unacknowledged(ctx context.Context, before time.Time) ([]store.UnacknowledgedOrder, error)
	}
	windows Windows
}

func (unacknowledged) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionUnacknowledged}
}

func (d unacknowledged) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	usual := d.windows.Acknowledged
	orders, err := d.conditions.Unacknowledged(ctx, l.Real.Add(-l.Clock.Duration(d.windows.Targets.Soonest(models.PromiseAcknowledged, usual))))
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	cut := d.windows.cutOffs()
	for _, o := range orders {
		if !d.windows.Targets.Due(models.PromiseAcknowledged, o.DC, l.Clock.At(o.TransmittedAt), usual).Before(l.Business) {
			continue
		}
		signal := models.Signal{
			Code: models.ExceptionUnacknowledged, Key: o.Number, AlsoTeam: models.TeamIT, Currency: o.Currency,
			Title: fmt.Sprintf("%s has not acknowledged %s", o.Name, o.Number),
			Happened: fmt.Sprintf("%s for %s, worth %s and needed by %s, was transmitted at %s. Its functional acknowledgement (997, CONTRL) should have come within %s: it may never have arrived.",
				o.Number, o.DC, money(o.Value, o.Currency), onDay(o.NeedBy), models.Instant(o.TransmittedAt), d.windows.within(models.PromiseAcknowledged, o.DC, usual)),
			Subject: models.ExceptionSubject{Source: l.owner("purchase_order"), Item: o.Item, DC: o.DC, Supplier: o.Supplier, Document: o.Number},
			Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: cut.next(o.CutOff, o.DC, o.TimeZone, l.Business)},
		}
		signal.Happened += d.transmittedAgain(o, l)
		signals = append(signals, signal)
	}
	return signals, nil
}

// transmittedAgain says what the tower did about an order, or why it does nothing yet.
func (unacknowledged) transmittedAgain(o store.UnacknowledgedOrder, l Look) string {
	if o.AskedAt != nil {
		answer := o.Answer
		if answer == "" {
			answer = "The answer is not here yet."
		}
		return fmt.Sprintf(" The ERP was asked at %s to transmit it once more. %s", models.Instant(*o.AskedAt), answer)
	}
	if p := l.paused(models.PauseTarget, models.TargetERP); p != nil {
		return " It is not transmitted again meanwhile: " + p.Sentence()
	}
	return ""
}
