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

// ofAnother says that a position p belongs to another source than $2: it is none
// of the owner's, and neither is what copies hold of it.
const ofAnother = `EXISTS (SELECT FROM owners o WHERE o.entity = 'inventory' AND o.record = 'inventory:' || p.item || '|' || p.dc AND o.source <> $2)`

// unseen are the keys that the snapshot did not name: those that we hold, for a
// copy only as far as they were delivered to it, and those that are known to
// differ. What changed since the run began may be too new for the snapshot.
// Postgres keeps the answer, so that it is asked once and read piece by piece.
func unseen(isCopy bool) string {
	held := `positions p WHERE `
	if isCopy {
		held = `delivered_versions v JOIN positions p USING (item, dc)
			WHERE v.subscription = $1 AND v.entity = 'inventory' AND v.delivered_at < $3 AND `
	}
	return `DECLARE reconcile_unseen NO SCROLL CURSOR WITH HOLD FOR
		SELECT DISTINCT k.item, k.dc FROM (
			SELECT p.item, p.dc FROM ` + held + `p.updated_at < $3 AND (p.on_hand <> 0 OR p.allocated <> 0) AND NOT ` + ofAnother + `
			UNION ALL
			SELECT item, dc FROM drifts WHERE source = $1 AND cleared_at IS NULL
		) k WHERE NOT EXISTS (SELECT FROM reconcile_seen s WHERE s.item = k.item AND s.dc = k.dc)
		ORDER BY k.item, k.dc`
}

// Unseen gives what the source should have of an owner's stock and has not named
// since the run began, in pieces of up to limit keys, in their order.
func (r *ReconcileRun) Unseen(ctx context.Context, isCopy bool, owner string, began time.Time, limit int, each func([]ItemDC) error) error {
	const what = "look for what the source does not name"
	if !r.noting {
		return nil // an owner that names nothing has no snapshot to hold us against
	}
	// A cursor takes no parameters but those that are written into its text.
	if _, err := r.conn.Exec(ctx, unseen(isCopy), pgx.QueryExecModeSimpleProtocol, r.source, owner, began); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	for {
		rows, err := r.conn.Query(ctx, fmt.Sprintf(`FETCH %d FROM reconcile_unseen`, limit), pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ItemDC])
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if len(keys) == 0 {
			return nil
		}
		if err := each(keys); err != nil {
			return err
		}
	}
}

// OfAnother reports whether a key belongs to another source than owner.
func (r *Reconciles) OfAnother(ctx context.Context, owner string, k ItemDC) (is bool, err error) {
	err = r.db.Pool.QueryRow(ctx, `SELECT `+ofAnother+` FROM (VALUES ($1::text, $3::text)) AS p (item, dc)`, k.Item, owner, k.DC).Scan(&is)
	if err != nil {
		return false, fmt.Errorf("read whose stock %s at %s is: %w", k.Item, k.DC, err)
	}
	return is, nil
}

// forget empties the notes when the run ends.
func (r *ReconcileRun) forget(ctx context.Context) error {
	if !r.noting {
		return nil
	}
	_, err := r.conn.Exec(ctx, `CLOSE ALL; TRUNCATE reconcile_seen`)
	return err
}
