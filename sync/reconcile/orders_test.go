package reconcile_test

import (
	"context"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/connector"
)

// listed are an ERP's orders, served one a page.
type listed []connector.ChangedOrder

func (l listed) ChangedOrders(_ context.Context, since time.Time, after string, _ int) (connector.OrderPage, error) {
	var page connector.OrderPage
	for _, o := range l {
		if o.Order <= after || o.ChangedAt.Before(since) {
			continue
		}
		if len(page.Rows) == 1 {
			page.Next = page.Rows[0].Order
			break
		}
		page.Rows = append(page.Rows, o)
	}
	return page, nil
}

// What the ERP ordered and nothing here knows of is read through the log, once, and
// what is known as well or better is left alone.
func TestOrdersAreReadThatAreNewerThanOurs(t *testing.T) {
	w := newWorld(t)
	w.sql(`INSERT INTO suppliers (supplier, name, lead_time_days, cut_off, currency, version, content_hash, seq, updated_at) VALUES ('S1', 'Acme', 5, '16:00', 'GBP', 1, gen_random_uuid(), 1, now())`)
	began := time.Now().UTC().Truncate(time.Microsecond)
	order := func(number string, version int64, changed time.Time) connector.ChangedOrder {
		return connector.ChangedOrder{ChangedAt: changed, OrderChanged: models.OrderChanged{
			Order: number, Reference: "TL-" + number, Supplier: "S1", DC: "LON", State: "open", Currency: "GBP", OrderedAt: began, Version: version,
			Lines: []models.OrderLine{{Line: 1, Item: "A", Quantity: decimal.NewFromInt(6), Unit: "EA", UnitPrice: decimal.NewFromInt(2), NeedBy: "2026-03-09"}},
		}}
	}
	erp := listed{order("PO-1", 1, began.Add(-time.Hour)), order("PO-2", 2, began), order("PO-3", 1, began.Add(time.Minute))}
	read := func(wantListed, wantCame int) {
		t.Helper()
		listed, came, err := w.Orders(t.Context(), erp, began)
		if err != nil || listed != wantListed || came != wantCame {
			t.Errorf("%d listed, %d came, %v; want %d and %d", listed, came, err, wantListed, wantCame)
		}
	}
	known := func() (versions string) {
		if err := w.db.Pool.QueryRow(t.Context(), `SELECT coalesce(string_agg(number || ' v' || version || ' ' || reference, ', ' ORDER BY number), '') FROM orders`).Scan(&versions); err != nil {
			t.Fatal(err)
		}
		return versions
	}
	read(2, 2)
	w.eventually("the orders", func() bool { return known() == "PO-2 v2 TL-PO-2, PO-3 v1 TL-PO-3" })
	read(2, 0)
	erp[2] = order("PO-3", 2, began.Add(2*time.Minute))
	erp[1] = order("PO-2", 1, began) // older than ours
	read(2, 1)
	w.eventually("the newer version", func() bool { return known() == "PO-2 v2 TL-PO-2, PO-3 v2 TL-PO-3" })
}
