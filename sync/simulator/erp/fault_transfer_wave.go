package erp

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/sync/simulator/demodata"
)

const (
	waveItems = 25
	waveShare = 10 // each DC gives this part of what it has available
	waveDays  = 3  // until the goods are needed
)

// breakLevels places a transfer order from each DC to the next one, in a ring,
// for some items. Each item is a write of its own: an event bears the time at
// which its write began, so one long write would make all of them late at once.
func (e *ERP) breakLevels(ctx context.Context) (string, error) {
	orders := 0
	for _, item := range e.drawItems(waveItems) {
		err := e.write(ctx, func(s *session) error {
			placed, err := e.level(ctx, s, e.cfg.Data.Items[item])
			orders += placed
			return err
		})
		if err != nil {
			return "", err
		}
	}
	if orders == 0 {
		return "", models.Errorf(models.CodeConflict, "no DC has anything to give: try again when goods have come")
	}
	return fmt.Sprintf("%d transfer orders", orders), nil
}

// level moves one item around the ring and says how many orders it took.
func (e *ERP) level(ctx context.Context, s *session, item demodata.Item) (placed int, err error) {
	for i, to := range e.cfg.Data.DCs {
		from := e.cfg.Data.DCs[(i+1)%len(e.cfg.Data.DCs)]
		quantity := s.balance(key{item.Code, from.Code}).available() / waveShare
		if quantity <= 0 {
			continue
		}
		if _, err := e.take(ctx, s, transfer(item, from.Code, to.Code, quantity, s.business), s.business, taskConfirm); err != nil {
			return placed, err
		}
		placed++
	}
	return placed, nil
}

// transfer is an order of the ERP's own planners, without a reference.
func transfer(item demodata.Item, from, to string, quantity int64, business time.Time) models.OrderRequest {
	return models.OrderRequest{
		Kind: kindTransfer, FromDC: from, DC: to, Currency: currency,
		Lines: []models.OrderRequestLine{{
			Line: 1, Item: item.Code, Quantity: pieces(quantity), Unit: unit,
			UnitPrice: item.Cost, NeedBy: business.AddDate(0, 0, waveDays).Format(time.DateOnly),
		}},
	}
}
