package watch

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
)

// supply answers what a change of expected receipts does to stock.
type supply interface {
	Covers(ctx context.Context, today time.Time, keys []store.ItemDC) ([]store.ItemCover, error)
}

// effects reads the cover of what is affected, by item and DC.
func effects(ctx context.Context, s supply, l Look, keys []store.ItemDC) (map[store.ItemDC]store.ItemCover, error) {
	if len(keys) == 0 {
		return nil, nil //nolint:nilnil // an empty map may be read
	}
	covers, err := s.Covers(ctx, l.Today(), keys)
	if err != nil {
		return nil, err
	}
	byKey := make(map[store.ItemDC]store.ItemCover, len(covers))
	for _, c := range covers {
		byKey[store.ItemDC{Item: c.Item, DC: c.DC}] = c
	}
	return byKey, nil
}

// lack is what a difference between what comes and what should have come costs.
type lack struct {
	models.Projection
	Value decimal.Decimal
	Class string
}

// lackOf compares, up to a horizon, two courses of the same item: as it will be
// and as it should have been. Only what the difference causes counts.
func lackOf(will, should store.ItemCover, l Look, horizon time.Time, marginPercent decimal.Decimal) lack {
	is, was := will.Project(l.Business, horizon), should.Project(l.Business, horizon)
	caused := decimal.Max(is.Shortage.Sub(was.Shortage), decimal.Zero)
	if !caused.IsPositive() {
		return lack{}
	}
	margin := models.UnitMargin(will.Price, will.Cost, marginPercent)
	return lack{Projection: is, Value: caused.Mul(margin).Round(2), Class: will.Class}
}

// with is the cover with further receipts; a negative one takes away.
func with(c store.ItemCover, more ...models.ExpectedReceipt) store.ItemCover {
	c.Receipts = append(append([]models.ExpectedReceipt(nil), c.Receipts...), more...)
	return c
}
