package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// drift is REC-01: stock here and in the ERP differ, and nothing on its way
// explains it.
type drift struct {
	drifts interface {
		Standing(ctx context.Context) ([]store.StandingDrift, error)
	}
	windows Windows
}

func (drift) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionDrift}
}

func (d drift) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	standing, err := d.drifts.Standing(ctx)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, s := range standing {
		holder, key := "here", s.Item+"|"+s.DC
		if s.IsCopy {
			holder, key = "in "+s.Source, key+"|"+s.Source
		}
		waitsFor := ""
		if s.Cause == models.DriftMissingEvent && !s.IsCopy {
			waitsFor = s.Source
		}
		signals = append(signals, models.Signal{
			Code: models.ExceptionDrift, Key: key, AlsoTeam: models.TeamIT, Currency: s.Currency, Through: waitsFor,
			Title: fmt.Sprintf("%s at %s: %s %s, %s in the ERP", s.Description, s.DC, s.Ours.OnHand, holder, s.Theirs.OnHand),
			Happened: fmt.Sprintf("On hand %s %s and %s in the ERP, allocated %s and %s. %s",
				s.Ours.OnHand, holder, s.Theirs.OnHand, s.Ours.Allocated, s.Theirs.Allocated, causeWords(s)),
			Subject: models.ExceptionSubject{Source: s.Source, Item: s.Item, DC: s.DC, Supplier: s.Supplier},
			Risk:    models.Risk{AtLeast: rise(s.Class == "A"), Value: s.Value, At: l.After(s.FoundAt, 24*time.Hour)},
		})
	}
	return signals, nil
}

// causeWords says what the cause rests on and what follows from it.
func causeWords(s store.StandingDrift) string {
	next := "Look at the movements, and count if need be."
	switch s.Cause {
	case models.DriftMissingEvent, models.DriftManualEdit, models.DriftLost:
		next = "It is read again from the ERP."
		if s.IsCopy {
			next = "The ERP's figure is delivered to it again."
		}
	case models.DriftOnlyHere:
		next = "Ask the ERP whether it was deleted there; if so, let it send a balance of nothing."
	case models.DriftDoublePost:
		next = "Whoever counted it twice takes one back."
	case models.DriftUnitOfMeasure:
		next = "Agree on the unit in the item's master record or in the mapping."
	case models.DriftAllocationRule:
		next = "Agree on when goods count as allocated."
	}
	return s.Why + " " + next
}
