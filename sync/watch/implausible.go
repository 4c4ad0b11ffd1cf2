package watch

import (
	"context"
	"fmt"

	"throughline/models"
	"throughline/models/store"
)

// implausible is TRF-05: a figure that cannot be. It is in effect all the same,
// since what the owner says counts and a figure of our own would only hide it.
type implausible struct {
	conditions interface {
		NegativeStocks(ctx context.Context) ([]store.NegativeStock, error)
	}
	windows Windows
}

func (implausible) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionImplausible}
}

func (d implausible) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	found, err := d.conditions.NegativeStocks(ctx)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, n := range found {
		signals = append(signals, models.Signal{
			Code: models.ExceptionImplausible, Key: n.Item + "|" + n.DC, AlsoTeam: models.TeamPlanner,
			Title: fmt.Sprintf("%s at %s: %s on hand", n.Description, n.DC, amount(n.OnHand, n.Unit)),
			Happened: fmt.Sprintf("%s on hand since %s, and stock cannot be less than nothing: a sign is wrong, or an issue was posted before its receipt. "+
				"Nothing is approved for it by policy until it is mended.", amount(n.OnHand, n.Unit), models.Instant(n.AsOf)),
			Subject: models.ExceptionSubject{Source: l.owner("inventory"), Item: n.Item, DC: n.DC, Supplier: n.Supplier, EventSeq: n.Seq},
			Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(n.AsOf, d.windows.Soon)},
		})
	}
	return signals, nil
}
