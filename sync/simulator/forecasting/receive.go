package forecasting

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"throughline/models"
	"throughline/sync/simulator/webhook"
)

// forgetAfter is how many business days a sales line is kept to recognise it
// when it comes again; an older one is not taken at all.
const forgetAfter = 7

// receive takes one delivery: sales-order lines and stock. What is known already
// changes nothing.
func (f *Forecasting) receive(ctx context.Context, events []webhook.Event) error {
	if err := f.noteDemand(ctx, events); err != nil {
		return err
	}
	return f.holdStock(ctx, events)
}

// noteDemand notes sales-order lines.
func (f *Forecasting) noteDemand(ctx context.Context, events []webhook.Event) error {
	var (
		orders, items, dcs []string
		lines              []int32
		days               []time.Time
		quantities         []int64
	)
	oldest := f.cfg.Clock.Business().AddDate(0, 0, -forgetAfter)
	for _, event := range events {
		if event.Type != models.TypeSalesOrder {
			continue
		}
		var line models.SalesOrder
		if err := json.Unmarshal(event.Data, &line); err != nil {
			return fmt.Errorf("event %s: %w", event.ID, err)
		}
		day, err := time.Parse(time.DateOnly, line.OrderedDay)
		if err != nil {
			return fmt.Errorf("event %s: %w", event.ID, err)
		}
		if day.Before(oldest) {
			continue
		}
		orders, lines = append(orders, line.Order), append(lines, int32(line.Line))
		items, dcs = append(items, line.Item), append(dcs, line.DC)
		days, quantities = append(days, day), append(quantities, line.Quantity.IntPart())
	}
	if len(orders) == 0 {
		return nil
	}
	_, err := f.cfg.DB.Exec(ctx, `
		INSERT INTO demand_lines (sales_order, line, item, dc, day, quantity)
		SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::date[], $6::bigint[])
		ORDER BY 1, 2 ON CONFLICT DO NOTHING`, orders, lines, items, dcs, days, quantities)
	if err != nil {
		return fmt.Errorf("note demand: %w", err)
	}
	return nil
}
