package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"throughline/models"
	"throughline/sync/connector"
)

// Orders reads from the owner the orders that were made or changed since an instant of
// its own clock, and takes in those that are newer than ours and not in the log. It says
// how many were listed and how many of these came; asking again does no harm. An owner
// that does not answer, or lists none, is the connector's error.
func (r *Reconciler) Orders(ctx context.Context, from connector.OrderLists, since time.Time) (listed, came int, err error) {
	for after := ""; ; {
		page, err := from.ChangedOrders(ctx, since, after, r.cfg.Page)
		if err != nil {
			return listed, came, err
		}
		fresh, err := r.cfg.freshOrders(ctx, page.Rows)
		if err != nil {
			return listed, came, err
		}
		for _, e := range fresh {
			if _, err := r.cfg.Intake.Accept(ctx, e); err != nil {
				return listed, came, err
			}
		}
		listed, came = listed+len(page.Rows), came+len(fresh)
		if after = page.Next; after == "" {
			return listed, came, nil
		}
	}
}

// freshOrders are the events of the orders of which we have no version as high, and
// that were not read before.
func (c *Config) freshOrders(ctx context.Context, rows []connector.ChangedOrder) ([]models.Event, error) {
	numbers := make([]string, len(rows))
	for i, o := range rows {
		numbers[i] = o.Order
	}
	ours, err := c.Reconciles.OrderVersions(ctx, numbers)
	if err != nil {
		return nil, err
	}
	var events []models.Event
	for _, o := range rows {
		if mine, have := ours[o.Order]; have && mine >= o.Version {
			continue
		}
		e, err := c.orderEvent(o)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return c.notInLog(ctx, events)
}

// orderEvent is an order as its source would have told of it.
func (c *Config) orderEvent(o connector.ChangedOrder) (models.Event, error) {
	data, err := json.Marshal(o.OrderChanged)
	if err != nil {
		return models.Event{}, fmt.Errorf("write an order: %w", err)
	}
	e := models.Event{
		Source: c.Source, ID: fmt.Sprintf("%sorder:%s@%d", models.RereadID, o.Order, o.Version), Type: models.TypePurchaseOrder, Subject: o.Order,
		Key: models.OrderingKey(models.TypePurchaseOrder, &o.OrderChanged), DC: o.DC, OccurredAt: o.ChangedAt.UTC(), Data: string(data),
	}
	if o.FromDC != "" {
		e.Type = models.TypeTransferOrder
	}
	if len(o.Lines) == 1 {
		e.Item = o.Lines[0].Item
	}
	return e, nil
}
