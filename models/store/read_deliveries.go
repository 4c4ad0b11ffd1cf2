package store

import (
	"context"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// newestDelivery is the order of a subscriber's deliveries along their index.
var newestDelivery = keyset{"newest", []sortBy{{"id", sortInteger}}, true}

// deliverySorts are what deliveries may be sorted by; only when has an index.
var deliverySorts = map[string]sortBy{
	"when": {"id", sortInteger}, "outcome": {"CASE outcome WHEN 'failed' THEN error ELSE outcome END", sortText}, "events": {"events", sortInteger},
	"attempt": {"attempt", sortInteger}, "took": {"extract(epoch FROM ended_at - started_at)", sortNumber}, "answer": {"status", sortInteger},
}

// Deliveries reads one page of the attempts at a subscriber; CodeInvalid for a
// place that is none of its order.
func (f *Failures) Deliveries(ctx context.Context, q models.DeliveryQuery) (page models.DeliveryPage, _ error) {
	const what = "list deliveries"
	order := sorted(q.By, deliverySorts, newestDelivery)
	beyond, more, err := order.after(q.After)
	if err != nil {
		return page, err
	}
	// Each attempt writes to this table: indexes for the other orders would cost
	// every delivery, so those sort what is recent.
	recent := pgx.NamedArgs{"subscription": q.Subscription, "failed": q.Failed, "limit": q.Limit + 1, "recent": models.RecentDeliveries}
	from := ` FROM deliveries WHERE subscription = @subscription AND (NOT @failed OR outcome = 'failed')`
	if order.parts[0] != newestDelivery.parts[0] {
		from = ` FROM (SELECT *` + from + ` ORDER BY id DESC LIMIT @recent) recent WHERE true`
	}
	maps.Copy(recent, more)
	rows, err := f.db.Pool.Query(ctx, `SELECT `+deliveryFields+`, `+order.place()+from+` AND `+beyond+` ORDER BY `+order.orderBy()+` LIMIT @limit`, recent)
	if err != nil {
		return page, fmt.Errorf("%s: %w", what, err)
	}
	type placed struct {
		models.DeliveryAttempt
		Place string
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[placed])
	if err != nil {
		return page, fmt.Errorf("%s: %w", what, err)
	}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		page.Next = found[q.Limit-1].Place
	}
	page.Rows = column(found, func(d *placed) models.DeliveryAttempt { return d.DeliveryAttempt })
	return page, nil
}
