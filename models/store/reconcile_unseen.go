package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Saw notes keys that the source's snapshot named. They lie in a table of the
// run's own connection, so that a million of them take no memory here.
func (r *ReconcileRun) Saw(ctx context.Context, keys []ItemDC) error {
	b := &pgx.Batch{}
	if !r.noting {
		b.Queue(`CREATE TEMP TABLE IF NOT EXISTS reconcile_seen (item text NOT NULL, dc text NOT NULL)`)
		b.Queue(`TRUNCATE reconcile_seen`) // of a run on this connection that ended without a word
		r.noting = true
		if err := r.conn.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("note what the source has: %w", err)
		}
	}
	_, err := r.conn.CopyFrom(ctx, pgx.Identifier{"reconcile_seen"}, []string{"item", "dc"},
		pgx.CopyFromSlice(len(keys), func(i int) ([]any, error) { return []any{keys[i].Item, keys[i].DC}, nil }))
	if err != nil {
		return fmt.Errorf("note what the source has: %w", err)
	}
	return nil
}

// Unseen are keys that we hold, or that are known to differ, and that the
// owner's snapshot did not name. A position that belongs to another source is
// none of the owner's, and one that changed since the run began may be too new.
func (r *ReconcileRun) Unseen(ctx context.Context, began time.Time, limit int) ([]ItemDC, error) {
	if !r.noting {
		return nil, nil // an owner that names nothing has no snapshot to hold us against
	}
	rows, err := r.conn.Query(ctx, `
		SELECT p.item, p.dc FROM positions p
		WHERE p.updated_at < $2 AND NOT EXISTS (SELECT FROM reconcile_seen s WHERE s.item = p.item AND s.dc = p.dc)
			AND (p.on_hand <> 0 OR p.allocated <> 0
				OR EXISTS (SELECT FROM drifts d WHERE d.source = $1 AND d.item = p.item AND d.dc = p.dc AND d.cleared_at IS NULL))
			AND NOT EXISTS (SELECT FROM owners o WHERE o.entity = 'inventory' AND o.record = 'inventory:' || p.item || '|' || p.dc AND o.source <> $1)
		ORDER BY p.item, p.dc LIMIT $3`, r.source, began, limit)
	if err != nil {
		return nil, fmt.Errorf("look for what only we have: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ItemDC, error) {
		var k ItemDC
		err := row.Scan(&k.Item, &k.DC)
		return k, err
	})
}

// forget empties the notes when the run ends.
func (r *ReconcileRun) forget(ctx context.Context) error {
	if !r.noting {
		return nil
	}
	_, err := r.conn.Exec(ctx, `TRUNCATE reconcile_seen`)
	return err
}
