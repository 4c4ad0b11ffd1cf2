package store

import (
	"cmp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

func compareStock(x, y StockKey) int {
	return cmp.Or(cmp.Compare(x.Item, y.Item), cmp.Compare(x.DC, y.DC))
}

func writeStock(b *pgx.Batch, e *Effects, at time.Time) {
	writePositions(b, e.Positions, at)
	writeLedger(b, e.Ledger, at)
	writeThresholds(b, e.Thresholds)
}

// writePositions updates the rows that are there and inserts the others, each
// guarded by its version, although the batch was judged under its shard's
// lock: state never goes backwards (invariant 3). To update costs half of what
// an upsert does, and arrays unnested in the select list need no tuple stores.
func writePositions(b *pgx.Batch, rows []PositionRow, at time.Time) {
	slices.SortFunc(rows, func(x, y PositionRow) int { return compareStock(x.StockKey, y.StockKey) })
	var stored, fresh []PositionRow
	for _, r := range rows {
		if r.Stored {
			stored = append(stored, r)
		} else {
			fresh = append(fresh, r)
		}
	}
	const input = `(SELECT unnest($1::text[]) AS item, unnest($2::text[]) AS dc, unnest($3::numeric[]) AS on_hand, unnest($4::numeric[]) AS allocated,
		unnest($5::text[]) AS unit, unnest($6::bigint[]) AS version, unnest($7::bigint[]) AS balance_version,
		unnest($8::uuid[]) AS balance_hash, unnest($9::timestamptz[]) AS as_of, unnest($10::bigint[]) AS seq) AS u`
	if len(stored) > 0 {
		b.Queue(`
			UPDATE positions p SET on_hand = u.on_hand, allocated = u.allocated, unit = u.unit, version = u.version,
				balance_version = u.balance_version, balance_hash = u.balance_hash, as_of = u.as_of, seq = u.seq, updated_at = $11
			FROM `+input+`
			WHERE p.item = u.item AND p.dc = u.dc AND p.version <= u.version AND p.balance_version <= u.balance_version`, positionColumns(stored, at)...)
	}
	if len(fresh) > 0 {
		b.Queue(`
			INSERT INTO positions AS p (item, dc, on_hand, allocated, unit, version, balance_version, balance_hash, as_of, seq, updated_at)
			SELECT u.*, $11 FROM `+input+`
			ON CONFLICT (item, dc) DO UPDATE SET on_hand = EXCLUDED.on_hand, allocated = EXCLUDED.allocated, unit = EXCLUDED.unit,
				version = EXCLUDED.version, balance_version = EXCLUDED.balance_version, balance_hash = EXCLUDED.balance_hash,
				as_of = EXCLUDED.as_of, seq = EXCLUDED.seq, updated_at = EXCLUDED.updated_at
			WHERE p.version <= EXCLUDED.version AND p.balance_version <= EXCLUDED.balance_version`, positionColumns(fresh, at)...)
	}
}

func positionColumns(rows []PositionRow, at time.Time) []any {
	type row = PositionRow
	return []any{
		column(rows, func(r *row) string { return r.Item }),
		column(rows, func(r *row) string { return r.DC }),
		decimals(rows, func(r *row) decimal.Decimal { return r.OnHand }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Allocated }),
		column(rows, func(r *row) string { return r.Unit }),
		column(rows, func(r *row) int64 { return r.Version }),
		column(rows, func(r *row) int64 { return r.BalanceVersion }),
		column(rows, func(r *row) Hash { return r.BalanceHash }),
		column(rows, func(r *row) time.Time { return r.AsOf }),
		column(rows, func(r *row) int64 { return r.Seq }), at,
	}
}

func writeLedger(b *pgx.Batch, rows []StockMovement, at time.Time) {
	type row = StockMovement
	if len(rows) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO stock_movements (item, dc, kind, on_hand_delta, allocated_delta, on_hand, allocated, document, version, content_hash, seq, occurred_at, recorded_at)
		SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::text[]), unnest($4::numeric[]), unnest($5::numeric[]), unnest($6::numeric[]),
			unnest($7::numeric[]), unnest($8::text[]), unnest($9::bigint[]), unnest($10::uuid[]), unnest($11::bigint[]), unnest($12::timestamptz[]), $13`,
		column(rows, func(r *row) string { return r.Item }),
		column(rows, func(r *row) string { return r.DC }),
		column(rows, func(r *row) string { return r.Kind }),
		decimals(rows, func(r *row) decimal.Decimal { return r.OnHandDelta }),
		decimals(rows, func(r *row) decimal.Decimal { return r.AllocatedDelta }),
		decimals(rows, func(r *row) decimal.Decimal { return r.OnHand }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Allocated }),
		column(rows, func(r *row) string { return r.Document }),
		column(rows, func(r *row) int64 { return r.Version }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }),
		column(rows, func(r *row) time.Time { return r.OccurredAt }), at)
}

func writeThresholds(b *pgx.Batch, rows []Fact[models.ThresholdBreached]) {
	type row = Fact[models.ThresholdBreached]
	if len(rows) == 0 {
		return
	}
	slices.SortFunc(rows, func(x, y row) int {
		return cmp.Or(cmp.Compare(x.Data.Item, y.Data.Item), cmp.Compare(x.Data.DC, y.Data.DC), cmp.Compare(x.Data.Threshold, y.Data.Threshold))
	})
	b.Queue(`
		INSERT INTO threshold_breaches (item, dc, threshold, level, available, version, content_hash, seq, occurred_at)
		SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::bigint[], $7::uuid[], $8::bigint[], $9::timestamptz[])
		ON CONFLICT (item, dc, threshold) DO UPDATE SET level = EXCLUDED.level, available = EXCLUDED.available,
			version = EXCLUDED.version, content_hash = EXCLUDED.content_hash, seq = EXCLUDED.seq, occurred_at = EXCLUDED.occurred_at`,
		column(rows, func(r *row) string { return r.Data.Item }),
		column(rows, func(r *row) string { return r.Data.DC }),
		column(rows, func(r *row) string { return r.Data.Threshold }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.Level }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.Available }),
		column(rows, func(r *row) int64 { return r.Data.Version }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }),
		column(rows, func(r *row) time.Time { return r.Event.OccurredAt }))
}
