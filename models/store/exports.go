package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Exports reads the whole state of an entity. It is safe for concurrent use.
type Exports struct{ db *DB }

// NewExports reads from db.
func NewExports(db *DB) *Exports { return &Exports{db: db} }

// Export gives each record of the filter's types at its DCs to row, in no
// order, from one snapshot, and returns the place in the change log at which
// that snapshot ends: what took effect after it is what Changes.Since reads
// from there. Memory does not grow with the number of records. A record's data
// are those of row's call only.
func (x *Exports) Export(ctx context.Context, f models.ChangeFilter, row func(t models.EventType, data []byte) error) (end []models.ChangePlace, _ error) {
	err := pgx.BeginTxFunc(ctx, x.db.Pool, snapshot, func(tx pgx.Tx) (err error) {
		if end, err = placesFrom(ctx, tx, models.ChangeQuery{Latest: true}); err != nil {
			return err
		}
		for _, t := range f.Types {
			if err := exportType(ctx, tx, t, f.DCs, row); err != nil {
				return fmt.Errorf("of the type %s: %w", t, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("export records: %w", err)
	}
	return end, nil
}

func exportType(ctx context.Context, tx pgx.Tx, t models.EventType, dcs []string, row func(models.EventType, []byte) error) error {
	query, ok := exportQueries[t]
	if !ok { // its facts are part of another type's records
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT to_json(record)::text FROM (`+query+`) AS record`, texts(dcs))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(t, rows.RawValues()[0]); err != nil {
			return err
		}
	}
	return rows.Err()
}

const atDC = ` WHERE (cardinality($1::text[]) = 0 OR dc = ANY ($1))`

// anywhere names the parameter where records belong to no DC.
const anywhere = ` WHERE $1::text[] IS NOT NULL`

const orderRecord = `SELECT number AS "order", nullif(reference, '') AS reference, nullif(supplier, '') AS supplier, nullif(from_dc, '') AS from_dc, dc,
	state, currency, ordered_at, transmitted_at, acknowledged_at, version, (
		SELECT json_agg(json_build_object('line', line, 'item', item, 'quantity', trim_scale(quantity)::text, 'unit', unit,
			'unit_price', trim_scale(unit_price)::text, 'need_by', need_by) ORDER BY line)
		FROM order_lines l WHERE l.number = o.number
	) AS lines FROM orders o` + atDC

// exportQueries give the records of each type with the names and forms of its
// contract: decimals are text. A position is the record of a balance; the
// movements after it are in it.
var exportQueries = map[models.EventType]string{
	models.TypeItemChanged: `SELECT item, description, unit, trim_scale(pack_size)::text AS pack_size, trim_scale(moq)::text AS moq,
		trim_scale(unit_cost)::text AS unit_cost, trim_scale(unit_price)::text AS unit_price, currency, abc_class, supplier, gtin, category, version FROM items` + anywhere,
	models.TypeSupplierChanged: `SELECT supplier, name, trim_scale(lead_time_days)::text AS lead_time_days, cut_off, currency, status, version FROM suppliers` + anywhere,
	models.TypeLocationChanged: `SELECT dc, name, time_zone, version FROM locations` + atDC,
	models.TypeBalance: `SELECT item, dc, trim_scale(on_hand)::text AS on_hand, trim_scale(allocated)::text AS allocated,
		trim_scale(available)::text AS available, unit, version, as_of AS time FROM positions` + atDC,
	models.TypeThreshold: `SELECT item, dc, threshold, trim_scale(level)::text AS level, trim_scale(available)::text AS available, version,
		occurred_at AS time FROM threshold_breaches` + atDC,
	models.TypeSalesHistory: `SELECT item, dc, day AS "from", ARRAY[trim_scale(quantity)::text] AS quantities, version FROM demand_days` + atDC,
	models.TypeSalesOrder: `SELECT sales_order AS "order", line, customer, item, dc, trim_scale(quantity)::text AS quantity, unit, requested_date,
		version FROM sales_order_lines` + atDC,
	models.TypeAllocation: `SELECT sales_order AS "order", line, item, dc, trim_scale(quantity)::text AS quantity, unit, version FROM allocations` + atDC,
	models.TypeForecastRevision: `SELECT item, dc, revision, run, model, model_version, bucket, start_day AS start,
		ARRAY(SELECT trim_scale(q)::text FROM unnest(quantities) WITH ORDINALITY AS u (q, n) ORDER BY n) AS quantities, unit, published_at
		FROM forecast_revisions` + atDC,
	models.TypeEvaluation: `SELECT run, item, dc, outcome, reason, nullif(recommendation, '') AS recommendation,
		trim_scale(net_requirement)::text AS net_requirement, basis, evaluated_at FROM evaluations` + atDC,
	models.TypeRecommendation: `SELECT recommendation, kind, run, item, dc, nullif(from_dc, '') AS from_dc, nullif(supplier, '') AS supplier,
		trim_scale(quantity)::text AS quantity, unit, trim_scale(unit_price)::text AS unit_price, currency, need_by, order_by, reason,
		trim_scale(confidence)::text AS confidence, basis, computed_at
		FROM recommendations` + atDC,
	models.TypePurchaseOrder: orderRecord + ` AND kind = 'purchase'`,
	models.TypeTransferOrder: orderRecord + ` AND kind = 'transfer'`,
	models.TypeConfirmation: `SELECT confirmation, number AS "order", line, trim_scale(quantity)::text AS quantity, unit, promised_day AS promised_date,
		confirmed_at FROM confirmations` + anywhere,
	models.TypeSupplierException: `SELECT supplier, nullif(number, '') AS "order", nullif(line, 0) AS line, kind, message, occurred_at
		FROM supplier_exceptions` + anywhere,
	models.TypeASN:     `SELECT asn, number AS "order", line, trim_scale(quantity)::text AS quantity, unit, shipped_at, eta_day AS eta FROM asns` + anywhere,
	models.TypeReceipt: `SELECT receipt, number AS "order", line, item, dc, trim_scale(quantity)::text AS quantity, unit, received_at FROM receipts` + atDC,
}
