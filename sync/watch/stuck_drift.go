package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// stuckDrift is REC-02: stock differs, something on its way explains it, and it
// does not arrive.
type stuckDrift struct {
	conditions interface {
		StuckDrifts(ctx context.Context, before time.Time) ([]store.StuckDrift, error)
	}
	windows Windows
}

func (stuckDrift) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionStuckDrift}
}

func (d stuckDrift) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	stuck, err := d.conditions.StuckDrifts(ctx, l.Real.Add(-d.windows.InFlight))
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, s := range stuck {
		holder, key := "here", s.Item+"|"+s.DC
		if s.IsCopy {
			holder, key = "in "+s.Source, key+"|"+s.Source
		}
		signals = append(signals, models.Signal{
			Code: models.ExceptionStuckDrift, Key: key, AlsoTeam: models.TeamPlanner, Currency: s.Currency,
			Title: fmt.Sprintf("%s at %s: %s %s, %s in the ERP, and what is in flight does not arrive", s.Description, s.DC, s.Ours.OnHand, holder, s.Theirs.OnHand),
			Happened: fmt.Sprintf("%s It has been so since %s; %s are allowed.%s",
				s.Why, models.Instant(s.FoundAt), ago(d.windows.InFlight), stuckWhere(s)),
			Subject: models.ExceptionSubject{Source: s.Source, Item: s.Item, DC: s.DC, Supplier: s.Supplier, EventSeq: s.Seq},
			Risk:    models.Risk{AtLeast: rise(s.Class == "A"), Value: s.Value, At: l.After(s.FoundAt, 24*time.Hour)},
		})
	}
	return signals, nil
}

func stuckWhere(s store.StuckDrift) string {
	if s.State == "" {
		return ""
	}
	return fmt.Sprintf(" The oldest event of the key is %s.", s.State)
}
