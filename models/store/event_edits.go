package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// EventEdit is an edit that is stored with what it brought about.
type EventEdit struct {
	Seq       int64
	Number    int
	Patch     string
	Reason    string
	Actor     string
	Outcome   string
	CameShard int16
	CameKey   string
	Run       int64
}

func writeEdits(b *pgx.Batch, rows []EventEdit) {
	for _, r := range rows {
		b.Queue(`
			INSERT INTO event_edits (seq, number, patch, reason, actor, outcome, came_shard, came_key, run)
			VALUES ($1, $2, CAST($3 AS json), $4, $5, $6, $7, $8, $9)`,
			r.Seq, r.Number, r.Patch, r.Reason, r.Actor, r.Outcome, r.CameShard, r.CameKey, optional(r.Run))
	}
}

// LockCursors locks the cursor rows of shards in their order, for a replay that
// may move an event from one to another.
func (t *ApplyTx) LockCursors(ctx context.Context, shards []int16) error {
	if _, err := t.conn.Exec(ctx, `SELECT FROM shard_cursors WHERE shard = ANY ($1) ORDER BY shard FOR UPDATE`, shards); err != nil {
		return fmt.Errorf("lock the cursors of the shards %v: %w", shards, err)
	}
	return nil
}

// Unsettled reads unsettled events without a lock, to see where they would go.
func (a *Apply) Unsettled(ctx context.Context, seqs []int64) ([]Unsettled, error) {
	rows, err := a.db.Pool.Query(ctx, `SELECT `+unsettledColumns+` FROM unsettled_events WHERE seq = ANY ($1) ORDER BY seq`, seqs)
	if err != nil {
		return nil, fmt.Errorf("read unsettled events: %w", err)
	}
	unsettled, err := pgx.CollectRows(rows, scanUnsettled)
	if err != nil {
		return nil, fmt.Errorf("read unsettled events: %w", err)
	}
	return unsettled, nil
}

// readEdits finds what people made of the payload, and the payload as it came.
func (f *Failures) readEdits(ctx context.Context, d *models.EventDetail) error {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT number, patch::text, reason, actor, outcome, made_at, coalesce(run, 0) FROM event_edits WHERE seq = $1 ORDER BY number`, d.Seq)
	if err != nil {
		return err
	}
	if d.Edits, err = pgx.CollectRows(rows, pgx.RowToStructByPos[models.EditedEvent]); err != nil || len(d.Edits) == 0 {
		return err
	}
	return f.db.Pool.QueryRow(ctx, `
		SELECT original, e.came_shard FROM (
			SELECT seq, data AS original FROM unsettled_events WHERE seq = $1
			UNION ALL
			SELECT seq, coalesce(original, data) FROM settled_payloads WHERE seq = $1) p
		JOIN event_edits e ON e.seq = p.seq AND e.number = 1 LIMIT 1`, d.Seq).Scan(&d.Original, &d.CameShard)
}
