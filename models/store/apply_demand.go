package store

import (
	"cmp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

func writeDemand(b *pgx.Batch, e *Effects) {
	writeDays(b, e.DemandDays)
	writeSalesLines(b, e.SalesLines)
	writeAllocations(b, e.Allocations)
}

func writeDays(b *pgx.Batch, rows []DemandDay) {
	type row = DemandDay
	if len(rows) == 0 {
		return
	}
	slices.SortFunc(rows, func(x, y row) int {
		return cmp.Or(compareStock(x.StockKey, y.StockKey), cmp.Compare(x.DayKey.Day, y.DayKey.Day))
	})
	b.Queue(`
		INSERT INTO demand_days (item, dc, day, quantity, version, seq)
		SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::numeric[], $5::bigint[], $6::bigint[])
		ON CONFLICT (item, dc, day) DO UPDATE SET quantity = EXCLUDED.quantity, version = EXCLUDED.version, seq = EXCLUDED.seq`,
		column(rows, func(r *row) string { return r.Item }),
		column(rows, func(r *row) string { return r.DC }),
		textArray(column(rows, func(r *row) string { return r.DayKey.Day })),
		decimals(rows, func(r *row) decimal.Decimal { return r.Quantity }),
		column(rows, func(r *row) int64 { return r.Version }),
		column(rows, func(r *row) int64 { return r.Seq }))
}

func writeSalesLines(b *pgx.Batch, rows []Fact[models.SalesOrder]) {
	type row = Fact[models.SalesOrder]
	if len(rows) == 0 {
		return
	}
	slices.SortFunc(rows, func(x, y row) int {
		return cmp.Or(cmp.Compare(x.Data.Order, y.Data.Order), cmp.Compare(x.Data.Line, y.Data.Line))
	})
	b.Queue(`
		INSERT INTO sales_order_lines (sales_order, line, customer, item, dc, quantity, unit, requested_date, version, content_hash, seq, occurred_at)
		SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::text[], $8::date[],
			$9::bigint[], $10::uuid[], $11::bigint[], $12::timestamptz[])
		ON CONFLICT (sales_order, line) DO UPDATE SET customer = EXCLUDED.customer, item = EXCLUDED.item, dc = EXCLUDED.dc,
			quantity = EXCLUDED.quantity, unit = EXCLUDED.unit, requested_date = EXCLUDED.requested_date, version = EXCLUDED.version,
			content_hash = EXCLUDED.content_hash, seq = EXCLUDED.seq, occurred_at = EXCLUDED.occurred_at`,
		column(rows, func(r *row) string { return r.Data.Order }),
		column(rows, func(r *row) int32 { return int32(r.Data.Line) }),
		column(rows, func(r *row) string { return r.Data.Customer }),
		column(rows, func(r *row) string { return r.Data.Item }),
		column(rows, func(r *row) string { return r.Data.DC }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.Quantity }),
		column(rows, func(r *row) string { return r.Data.Unit }),
		textArray(column(rows, func(r *row) string { return r.Data.RequestedDate })),
		column(rows, func(r *row) int64 { return r.Data.Version }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }),
		column(rows, func(r *row) time.Time { return r.Event.OccurredAt }))
}

func writeAllocations(b *pgx.Batch, rows []Fact[models.Allocation]) {
	type row = Fact[models.Allocation]
	if len(rows) == 0 {
		return
	}
	slices.SortFunc(rows, func(x, y row) int {
		return cmp.Or(cmp.Compare(x.Data.Order, y.Data.Order), cmp.Compare(x.Data.Line, y.Data.Line))
	})
	b.Queue(`
		INSERT INTO allocations (sales_order, line, item, dc, quantity, unit, version, content_hash, seq, occurred_at)
		SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::numeric[], $6::text[], $7::bigint[], $8::uuid[], $9::bigint[], $10::timestamptz[])
		ON CONFLICT (sales_order, line) DO UPDATE SET item = EXCLUDED.item, dc = EXCLUDED.dc, quantity = EXCLUDED.quantity,
			unit = EXCLUDED.unit, version = EXCLUDED.version, content_hash = EXCLUDED.content_hash, seq = EXCLUDED.seq, occurred_at = EXCLUDED.occurred_at`,
		column(rows, func(r *row) string { return r.Data.Order }),
		column(rows, func(r *row) int32 { return int32(r.Data.Line) }),
		column(rows, func(r *row) string { return r.Data.Item }),
		column(rows, func(r *row) string { return r.Data.DC }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.Quantity }),
		column(rows, func(r *row) string { return r.Data.Unit }),
		column(rows, func(r *row) int64 { return r.Data.Version }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }),
		column(rows, func(r *row) time.Time { return r.Event.OccurredAt }))
}
