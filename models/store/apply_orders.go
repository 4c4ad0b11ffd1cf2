package store

import (
	"cmp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// orderLine is a line with the order that it belongs to.
type orderLine struct {
	number string
	models.OrderLine
}

// writeOrders replaces the lines of each order: an order's event carries all of
// them. What they were before stays as a version.
func writeOrders(b *pgx.Batch, e *Effects, at time.Time) {
	type row = Fact[models.OrderChanged]
	rows := e.Orders
	if len(rows) == 0 {
		return
	}
	slices.SortFunc(rows, func(x, y row) int { return cmp.Compare(x.Data.Order, y.Data.Order) })
	numbers := column(rows, func(r *row) string { return r.Data.Order })
	b.Queue(`
		INSERT INTO orders (number, kind, reference, supplier, from_dc, dc, state, currency, ordered_at, version, content_hash, seq, transmitted_at, acknowledged_at, applied_at)
		SELECT u.*, $15 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
			$9::timestamptz[], $10::bigint[], $11::uuid[], $12::bigint[], $13::timestamptz[], $14::timestamptz[]) AS u
		ON CONFLICT (number) DO UPDATE SET kind = EXCLUDED.kind, reference = EXCLUDED.reference, supplier = EXCLUDED.supplier,
			from_dc = EXCLUDED.from_dc, dc = EXCLUDED.dc, state = EXCLUDED.state, currency = EXCLUDED.currency,
			ordered_at = EXCLUDED.ordered_at, version = EXCLUDED.version, content_hash = EXCLUDED.content_hash,
			seq = EXCLUDED.seq, transmitted_at = EXCLUDED.transmitted_at, acknowledged_at = EXCLUDED.acknowledged_at, applied_at = EXCLUDED.applied_at`,
		numbers,
		column(rows, func(r *row) string { return orderKind(r.Event.Type) }),
		column(rows, func(r *row) string { return r.Data.Reference }),
		column(rows, func(r *row) string { return r.Data.Supplier }),
		column(rows, func(r *row) string { return r.Data.FromDC }),
		column(rows, func(r *row) string { return r.Data.DC }),
		column(rows, func(r *row) string { return r.Data.State }),
		column(rows, func(r *row) string { return r.Data.Currency }),
		column(rows, func(r *row) time.Time { return r.Data.OrderedAt }),
		column(rows, func(r *row) int64 { return r.Data.Version }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }),
		column(rows, func(r *row) *time.Time { return r.Data.TransmittedAt }),
		column(rows, func(r *row) *time.Time { return r.Data.AcknowledgedAt }), at)
	b.Queue(`DELETE FROM order_lines WHERE number = ANY ($1)`, numbers)
	writeOrderLines(b, rows)
	b.Queue(`
		INSERT INTO order_line_versions (number, version, line, item, quantity, need_by, state, seq, transmitted_at, acknowledged_at)
		SELECT o.number, o.version, l.line, l.item, l.quantity, l.need_by, o.state, o.seq, o.transmitted_at, o.acknowledged_at FROM orders o JOIN order_lines l USING (number)
		WHERE o.number = ANY ($1) ORDER BY o.number, l.line ON CONFLICT DO NOTHING`, numbers)
}

func writeOrderLines(b *pgx.Batch, orders []Fact[models.OrderChanged]) {
	type row = orderLine
	var rows []row
	for _, o := range orders {
		for _, line := range o.Data.Lines {
			rows = append(rows, row{o.Data.Order, line})
		}
	}
	b.Queue(`
		INSERT INTO order_lines (number, line, item, quantity, unit, unit_price, need_by)
		SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::numeric[], $5::text[], $6::numeric[], $7::date[])`,
		column(rows, func(r *row) string { return r.number }),
		column(rows, func(r *row) int32 { return int32(r.Line) }),
		column(rows, func(r *row) string { return r.Item }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Quantity }),
		column(rows, func(r *row) string { return r.Unit }),
		decimals(rows, func(r *row) decimal.Decimal { return r.UnitPrice }),
		textArray(column(rows, func(r *row) string { return r.NeedBy })))
}

func orderKind(t models.EventType) string {
	if t == models.TypeTransferOrder {
		return "transfer"
	}
	return "purchase"
}
