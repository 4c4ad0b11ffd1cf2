package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// duplicateOrder is WFL-06: two orders that may be one.
type duplicateOrder struct {
	conditions interface {
		DuplicateOrders(ctx context.Context, within time.Duration) ([]store.OrderPair, error)
	}
	windows Windows
}

func (duplicateOrder) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionDuplicateOrder}
}

func (d duplicateOrder) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	pairs, err := d.conditions.DuplicateOrders(ctx, l.Clock.Duration(d.windows.Duplicate))
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, p := range pairs {
		why := fmt.Sprintf("Both want %s of %s at %s for the same day and were placed close together.", amount(p.Quantity, ""), p.Item, p.DC)
		if p.Reference != "" {
			why = fmt.Sprintf("Both carry the reference %s, which the tower gave out once.", p.Reference)
		}
		signals = append(signals, models.Signal{
			Code: models.ExceptionDuplicateOrder, Key: p.First + "|" + p.Second, AlsoTeam: models.TeamIT, Currency: p.Currency,
			Title:    fmt.Sprintf("%s may repeat %s", p.Second, p.First),
			Happened: why + " Nothing is cancelled by itself: compare them and cancel one in the ERP.",
			Subject:  models.ExceptionSubject{Item: p.Item, DC: p.DC, Supplier: p.Supplier, Document: p.Second},
			Risk:     models.Risk{WrongOrder: true, Value: p.Value, At: l.After(p.OrderedAt, d.windows.Soon)},
		})
	}
	return signals, nil
}
