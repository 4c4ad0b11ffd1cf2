package store

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

func writeForecasts(b *pgx.Batch, rows []ForecastRow, at time.Time) {
	type row = ForecastRow
	if len(rows) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO forecast_revisions (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit,
			previous_quantity, quantity, material, published_at, received_at, content_hash, seq, applied_at)
		SELECT item, dc, revision, run, model, model_version, bucket, start_day, quantities::numeric[], unit,
			previous, quantity, material, published_at, received_at, content_hash, seq, $18
		FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::date[], $9::text[], $10::text[],
			$11::numeric[], $12::numeric[], $13::bool[], $14::timestamptz[], $15::timestamptz[], $16::uuid[], $17::bigint[])
			AS u (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit,
				previous, quantity, material, published_at, received_at, content_hash, seq)`,
		column(rows, func(r *row) string { return r.Data.Item }),
		column(rows, func(r *row) string { return r.Data.DC }),
		column(rows, func(r *row) int64 { return r.Data.Revision }),
		column(rows, func(r *row) string { return r.Data.Run }),
		column(rows, func(r *row) string { return r.Data.Model }),
		column(rows, func(r *row) string { return r.Data.ModelVersion }),
		column(rows, func(r *row) string { return r.Data.Bucket }),
		textArray(column(rows, func(r *row) string { return r.Data.Start })),
		column(rows, func(r *row) string { return decimalArray(r.Data.Quantities) }),
		column(rows, func(r *row) string { return r.Data.Unit }),
		nullDecimals(rows, func(r *row) *decimal.Decimal { return r.Previous }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Quantity }),
		column(rows, func(r *row) bool { return r.Material }),
		column(rows, func(r *row) time.Time { return r.Data.PublishedAt }),
		column(rows, func(r *row) time.Time { return r.Event.ReceivedAt }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }), at)
}

func writeReplenishment(b *pgx.Batch, e *Effects) {
	writeEvaluations(b, e.Evaluations)
	writeRecommendations(b, e.Recommendations)
}

func writeEvaluations(b *pgx.Batch, rows []Fact[models.Evaluation]) {
	type row = Fact[models.Evaluation]
	if len(rows) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO evaluations (run, item, dc, outcome, reason, recommendation, basis, forecast_revision, stock_version, evaluated_at, content_hash, seq, net_requirement)
		SELECT run, item, dc, outcome, reason, recommendation, basis::jsonb, forecast_revision, stock_version, evaluated_at, content_hash, seq, net_requirement
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
			$10::timestamptz[], $11::uuid[], $12::bigint[], $13::numeric[])
			AS u (run, item, dc, outcome, reason, recommendation, basis, forecast_revision, stock_version, evaluated_at, content_hash, seq, net_requirement)`,
		column(rows, func(r *row) string { return r.Data.Run }),
		column(rows, func(r *row) string { return r.Data.Item }),
		column(rows, func(r *row) string { return r.Data.DC }),
		column(rows, func(r *row) string { return r.Data.Outcome }),
		column(rows, func(r *row) string { return r.Data.Reason }),
		column(rows, func(r *row) string { return r.Data.Recommendation }),
		column(rows, func(r *row) *string { return basisJSON(r.Data.Basis) }),
		column(rows, func(r *row) *int64 { return optional(declaredRevision(r.Data.Basis)) }),
		column(rows, func(r *row) *int64 { return declaredStock(r.Data.Basis) }),
		column(rows, func(r *row) time.Time { return r.Data.EvaluatedAt }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }),
		nullDecimals(rows, func(r *row) *decimal.Decimal { return r.Data.NetRequirement }))
}

func writeRecommendations(b *pgx.Batch, rows []RecommendationRow) {
	type row = RecommendationRow
	if len(rows) == 0 {
		return
	}
	slices.SortFunc(rows, func(x, y row) int { return cmp.Compare(x.Data.Recommendation, y.Data.Recommendation) })
	b.Queue(`
		INSERT INTO recommendations (recommendation, kind, run, item, dc, from_dc, supplier, quantity, unit, unit_price, currency, need_by,
			order_by, reason, basis, basis_kind, forecast_revision, stock_version, stock_quantity, stock_as_of, computed_at, received_at, content_hash, seq,
			trace_parent, correlation_id, causation_id, confidence)
		SELECT recommendation, kind, run, item, dc, from_dc, supplier, quantity, unit, unit_price, currency, need_by,
			order_by, reason, basis::jsonb, basis_kind, forecast_revision, stock_version, stock_quantity, stock_as_of, computed_at, received_at, content_hash, seq,
			trace_parent, correlation_id, causation_id, confidence
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::numeric[], $9::text[], $10::numeric[],
			$11::text[], $12::date[], $13::timestamptz[], $14::text[], $15::text[], $16::text[], $17::bigint[], $18::bigint[], $19::numeric[],
			$20::timestamptz[], $21::timestamptz[], $22::timestamptz[], $23::uuid[], $24::bigint[], $25::text[], $26::text[], $27::text[], $28::numeric[])
			AS u (recommendation, kind, run, item, dc, from_dc, supplier, quantity, unit, unit_price, currency, need_by,
				order_by, reason, basis, basis_kind, forecast_revision, stock_version, stock_quantity, stock_as_of, computed_at, received_at, content_hash, seq,
				trace_parent, correlation_id, causation_id, confidence)`,
		column(rows, func(r *row) string { return r.Data.Recommendation }),
		column(rows, func(r *row) string { return r.Data.Kind }),
		column(rows, func(r *row) string { return r.Data.Run }),
		column(rows, func(r *row) string { return r.Data.Item }),
		column(rows, func(r *row) string { return r.Data.DC }),
		column(rows, func(r *row) string { return r.Data.FromDC }),
		column(rows, func(r *row) string { return r.Data.Supplier }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.Quantity }),
		column(rows, func(r *row) string { return r.Data.Unit }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.UnitPrice }),
		column(rows, func(r *row) string { return r.Data.Currency }),
		textArray(column(rows, func(r *row) string { return r.Data.NeedBy })),
		column(rows, func(r *row) time.Time { return r.Data.OrderBy }),
		column(rows, func(r *row) string { return r.Data.Reason }),
		column(rows, func(r *row) *string { return basisJSON(r.Data.Basis) }),
		column(rows, func(r *row) string { return string(r.Kind) }),
		column(rows, func(r *row) *int64 { return optional(r.ForecastRevision) }),
		column(rows, func(r *row) *int64 { return optional(r.StockVersion) }),
		nullDecimals(rows, func(r *row) *decimal.Decimal {
			if stock := stockBasis(r.Data.Basis); stock != nil {
				return &stock.Quantity
			}
			return nil
		}),
		column(rows, func(r *row) *time.Time {
			if stock := stockBasis(r.Data.Basis); stock != nil {
				return &stock.AsOf
			}
			return nil
		}),
		column(rows, func(r *row) time.Time { return r.Data.ComputedAt }),
		column(rows, func(r *row) time.Time { return r.Event.ReceivedAt }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }),
		column(rows, func(r *row) string { return string(r.Event.TraceParent()) }),
		column(rows, func(r *row) string { return r.Event.CorrelationID() }),
		column(rows, func(r *row) string { return r.Event.CausationID() }),
		nullDecimals(rows, func(r *row) *decimal.Decimal { return r.Data.Confidence }))
}

func basisJSON(basis *models.Basis) *string {
	if basis == nil {
		return nil
	}
	// A struct of texts, integers, times and decimals always encodes.
	encoded, _ := json.Marshal(basis)
	text := string(encoded)
	return &text
}

func declaredRevision(basis *models.Basis) int64 {
	if basis == nil {
		return 0
	}
	return basis.ForecastRevision
}

func stockBasis(basis *models.Basis) *models.StockBasis {
	if basis == nil {
		return nil
	}
	return basis.Inventory
}

func declaredStock(basis *models.Basis) *int64 {
	if stock := stockBasis(basis); stock != nil {
		return &stock.Version
	}
	return nil
}
