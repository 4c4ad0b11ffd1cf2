package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// Told keeps what the run's source says of some keys, the newest of each. A
// figure that it has said before is not written again.
func (r *ReconcileRun) Told(ctx context.Context, isCopy bool, told []models.StockTold) error {
	if len(told) == 0 {
		return nil
	}
	_, err := r.conn.Exec(ctx, `
		INSERT INTO stock_told AS t (source, is_copy, item, dc, on_hand, allocated, version, as_of)
		SELECT DISTINCT ON (item, dc) $1::text, $2::boolean, k.*
		FROM unnest($3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::bigint[], $8::timestamptz[]) AS k(item, dc, on_hand, allocated, version, as_of)
		ORDER BY item, dc, version DESC
		ON CONFLICT (source, item, dc) DO UPDATE SET is_copy = excluded.is_copy, on_hand = excluded.on_hand, allocated = excluded.allocated,
			version = excluded.version, as_of = excluded.as_of
		WHERE (t.is_copy, t.on_hand, t.allocated, t.version, t.as_of) IS DISTINCT FROM
			(excluded.is_copy, excluded.on_hand, excluded.allocated, excluded.version, excluded.as_of)`,
		r.source, isCopy, column(told, func(s *models.StockTold) string { return s.Item }), column(told, func(s *models.StockTold) string { return s.DC }),
		decimals(told, func(s *models.StockTold) decimal.Decimal { return s.OnHand }), decimals(told, func(s *models.StockTold) decimal.Decimal { return s.Allocated }),
		column(told, func(s *models.StockTold) int64 { return s.Version }), column(told, func(s *models.StockTold) *time.Time { return s.AsOf }))
	if err != nil {
		return fmt.Errorf("keep what %s says: %w", r.source, err)
	}
	return nil
}

// DropUntold drops what the source said once of keys that its whole snapshot,
// noted with Saw, names no more.
func (r *ReconcileRun) DropUntold(ctx context.Context) error {
	if !r.noting {
		return nil // a snapshot that names nothing is rather a fault than an empty stock
	}
	_, err := r.conn.Exec(ctx, `
		DELETE FROM stock_told t WHERE t.source = $1 AND NOT EXISTS (SELECT FROM reconcile_seen s WHERE s.item = t.item AND s.dc = t.dc)`, r.source)
	if err != nil {
		return fmt.Errorf("drop what %s says no more: %w", r.source, err)
	}
	// Stock has one owner: what another one said before it is nobody's word any more.
	_, err = r.conn.Exec(ctx, `
		DELETE FROM stock_told WHERE NOT is_copy AND source <> $1 AND EXISTS (SELECT FROM stock_told o WHERE o.source = $1 AND NOT o.is_copy)`, r.source)
	if err != nil {
		return fmt.Errorf("drop what owned the stock before %s: %w", r.source, err)
	}
	return nil
}

// KeepTold drops what systems other than some sources said, and closes the
// differences that were called of them: nobody wants them compared any longer.
func (r *Reconciles) KeepTold(ctx context.Context, sources []string, now time.Time) error {
	err := pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM stock_told WHERE source <> ALL($1)`, sources); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE drifts SET cleared_at = $2, cleared_how = 'no longer compared' WHERE cleared_at IS NULL AND source <> ALL($1)`, sources, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("drop what is no longer compared: %w", err)
	}
	return nil
}
