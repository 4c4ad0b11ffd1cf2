package store

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// writeAnswers appends what suppliers and DCs say about orders, whether the order is known or not.
func writeAnswers(b *pgx.Batch, e *Effects) {
	writeConfirmations(b, e.Confirmations)
	writeASNs(b, e.ASNs)
	writeReceipts(b, e.Receipts)
	writeSupplierExceptions(b, e.SupplierExceptions)
}

func writeConfirmations(b *pgx.Batch, rows []Fact[models.Confirmation]) {
	type row = Fact[models.Confirmation]
	if len(rows) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO confirmations (confirmation, number, line, quantity, unit, promised_day, confirmed_at, content_hash, seq)
		SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::numeric[], $5::text[], $6::date[], $7::timestamptz[], $8::uuid[], $9::bigint[])`,
		column(rows, func(r *row) string { return r.Data.Confirmation }),
		column(rows, func(r *row) string { return r.Data.Order }),
		column(rows, func(r *row) int32 { return int32(r.Data.Line) }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.Quantity }),
		column(rows, func(r *row) string { return r.Data.Unit }),
		textArray(column(rows, func(r *row) string { return r.Data.PromisedDate })),
		column(rows, func(r *row) time.Time { return r.Data.ConfirmedAt }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }))
}

func writeASNs(b *pgx.Batch, rows []Fact[models.ASN]) {
	type row = Fact[models.ASN]
	if len(rows) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO asns (asn, number, line, quantity, unit, shipped_at, eta_day, content_hash, seq)
		SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::numeric[], $5::text[], $6::timestamptz[], $7::date[], $8::uuid[], $9::bigint[])`,
		column(rows, func(r *row) string { return r.Data.ASN }),
		column(rows, func(r *row) string { return r.Data.Order }),
		column(rows, func(r *row) int32 { return int32(r.Data.Line) }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.Quantity }),
		column(rows, func(r *row) string { return r.Data.Unit }),
		column(rows, func(r *row) time.Time { return r.Data.ShippedAt }),
		textArray(column(rows, func(r *row) string { return r.Data.ETA })),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }))
}

func writeReceipts(b *pgx.Batch, rows []Fact[models.GoodsReceipt]) {
	type row = Fact[models.GoodsReceipt]
	if len(rows) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO receipts (receipt, number, line, item, dc, quantity, unit, received_at, content_hash, seq)
		SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::numeric[], $7::text[], $8::timestamptz[], $9::uuid[], $10::bigint[])`,
		column(rows, func(r *row) string { return r.Data.Receipt }),
		column(rows, func(r *row) string { return r.Data.Order }),
		column(rows, func(r *row) int32 { return int32(r.Data.Line) }),
		column(rows, func(r *row) string { return r.Data.Item }),
		column(rows, func(r *row) string { return r.Data.DC }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.Quantity }),
		column(rows, func(r *row) string { return r.Data.Unit }),
		column(rows, func(r *row) time.Time { return r.Data.ReceivedAt }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }))
}

func writeSupplierExceptions(b *pgx.Batch, rows []Fact[models.SupplierException]) {
	type row = Fact[models.SupplierException]
	if len(rows) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO supplier_exceptions (seq, supplier, number, line, kind, message, occurred_at)
		SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::timestamptz[])`,
		column(rows, func(r *row) int64 { return r.Event.Seq }),
		column(rows, func(r *row) string { return r.Data.Supplier }),
		column(rows, func(r *row) string { return r.Data.Order }),
		column(rows, func(r *row) int32 { return int32(r.Data.Line) }),
		column(rows, func(r *row) string { return r.Data.Kind }),
		column(rows, func(r *row) string { return r.Data.Message }),
		column(rows, func(r *row) time.Time { return r.Data.OccurredAt }))
}
