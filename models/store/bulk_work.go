package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// ErrLeaseLost says that a bulk run was cancelled or is another process's by now.
var ErrLeaseLost = models.Errorf(models.CodeConflict, "The bulk action was cancelled, or another process works on it.")

// BulkOutcome is what came of one event of a bulk run.
type BulkOutcome struct {
	Seq     int64
	Outcome string
	Reason  string
	Failed  bool
}

// UnsettledOf are those of the events that are still unsettled, in whatever shard.
func (t *ApplyTx) UnsettledOf(ctx context.Context, seqs []int64) (map[int64]bool, error) {
	rows, err := t.conn.Query(ctx, `SELECT seq FROM unsettled_events WHERE seq = ANY ($1)`, seqs)
	if err != nil {
		return nil, fmt.Errorf("look for unsettled events: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("look for unsettled events: %w", err)
	}
	left := make(map[int64]bool, len(found))
	for _, seq := range found {
		left[seq] = true
	}
	return left, nil
}

// BulkOutcomes records outcomes in the transaction of the effects. It holds
// the run's row first, so that a cancellation comes before or after, and
// refuses to write any outcome a second time.
func (t *ApplyTx) BulkOutcomes(ctx context.Context, run int64, owner uuid.UUID, rows []BulkOutcome) error {
	return writeBulkOutcomes(ctx, t.conn, run, owner, rows)
}

func writeBulkOutcomes(ctx context.Context, tx Tx, run int64, owner uuid.UUID, rows []BulkOutcome) error {
	failed := 0
	for _, r := range rows {
		if r.Failed {
			failed++
		}
	}
	tag, err := tx.Exec(ctx, `
		UPDATE bulk_runs SET done = done + $3, failed = failed + $4
		WHERE id = $1 AND lease_owner = $2 AND status IN ('canary', 'running')`, run, owner, len(rows), failed)
	if err != nil {
		return fmt.Errorf("count what bulk run %d did: %w", run, err)
	}
	if tag.RowsAffected() != 1 {
		return ErrLeaseLost
	}
	tag, err = tx.Exec(ctx, `
		UPDATE bulk_items i SET outcome = u.outcome, reason = u.reason, failed = u.failed, done_at = now()
		FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bool[]) AS u (seq, outcome, reason, failed)
		WHERE i.run = $1 AND i.seq = u.seq AND i.outcome IS NULL`, run,
		column(rows, func(r *BulkOutcome) int64 { return r.Seq }), column(rows, func(r *BulkOutcome) string { return r.Outcome }),
		column(rows, func(r *BulkOutcome) string { return r.Reason }), column(rows, func(r *BulkOutcome) bool { return r.Failed }))
	if err != nil {
		return fmt.Errorf("write the outcomes of bulk run %d: %w", run, err)
	}
	if tag.RowsAffected() != int64(len(rows)) {
		return ErrLeaseLost
	}
	return nil
}

// FailFirst gives the first of the events that has no outcome yet the outcome
// "error": nothing of it can be written.
func (a *Apply) FailFirst(ctx context.Context, run int64, owner uuid.UUID, seqs []int64, reason string) error {
	return pgx.BeginFunc(ctx, a.db.Pool, func(tx pgx.Tx) error {
		var seq int64
		err := tx.QueryRow(ctx, `SELECT seq FROM bulk_items WHERE run = $1 AND seq = ANY ($2) AND outcome IS NULL ORDER BY seq LIMIT 1`, run, seqs).Scan(&seq)
		if err != nil {
			return fmt.Errorf("find the event of bulk run %d that fails: %w", run, err)
		}
		return writeBulkOutcomes(ctx, tx, run, owner, []BulkOutcome{{Seq: seq, Outcome: "error", Reason: reason, Failed: true}})
	})
}

// Claim leases the run at work whose turn is next and that nobody else holds;
// ok is false when there is none. The run comes with the time of its turn.
func (b *Bulks) Claim(ctx context.Context, owner uuid.UUID, lease time.Duration) (run models.BulkRun, turn time.Time, ok bool, err error) {
	rows, err := b.db.Pool.Query(ctx, `
		UPDATE bulk_runs SET lease_owner = $1, lease_until = now() + $2
		WHERE id = (SELECT id FROM bulk_runs WHERE status IN ('canary', 'running') AND (lease_owner IS NULL OR lease_owner = $1 OR lease_until < now())
			ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
		RETURNING next_at, `+bulkColumns, owner, lease)
	if err != nil {
		return run, turn, false, fmt.Errorf("claim a bulk run: %w", err)
	}
	run, err = pgx.CollectOneRow(rows, func(row pgx.CollectableRow) (models.BulkRun, error) { return scanBulk(row, &turn) })
	if errors.Is(err, pgx.ErrNoRows) {
		return run, turn, false, nil
	}
	if err != nil {
		return run, turn, false, fmt.Errorf("claim a bulk run: %w", err)
	}
	return run, turn, true, nil
}

// Left are the next events of a run by the shard in which they stand now; one
// that is settled keeps shard 0, where its replay finds it gone.
func (b *Bulks) Left(ctx context.Context, run int64, limit int) (map[int16][]int64, error) {
	rows, err := b.db.Pool.Query(ctx, `
		SELECT coalesce(u.shard, 0), i.seq FROM (SELECT seq FROM bulk_items WHERE run = $1 AND outcome IS NULL ORDER BY seq LIMIT $2) i
		LEFT JOIN unsettled_events u USING (seq) ORDER BY i.seq`, run, limit)
	if err != nil {
		return nil, fmt.Errorf("read what is left of bulk run %d: %w", run, err)
	}
	left := map[int16][]int64{}
	var shard int16
	var seq int64
	_, err = pgx.ForEachRow(rows, []any{&shard, &seq}, func() error {
		left[shard] = append(left[shard], seq)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what is left of bulk run %d: %w", run, err)
	}
	return left, nil
}

// Advance takes a run at work where its counts lead, with the audit row of an
// end or a stop, and says when its next turn is.
func (b *Bulks) Advance(ctx context.Context, id int64, owner uuid.UUID, turn time.Time) (status models.BulkStatus, err error) {
	err = pgx.BeginFunc(ctx, b.db.Pool, func(tx pgx.Tx) error {
		run, err := lockBulk(ctx, tx, id)
		if err != nil {
			return err
		}
		if status = run.Status; !status.AtWork() {
			return nil
		}
		next, note := run.Next()
		tag, err := tx.Exec(ctx, `
			UPDATE bulk_runs SET status = $3, note = CASE WHEN $4 = '' THEN note ELSE $4 END, next_at = $5,
				ended_at = CASE WHEN $3 = 'done' THEN now() END,
				lease_owner = CASE WHEN $3 IN ('canary', 'running') THEN lease_owner END,
				lease_until = CASE WHEN $3 IN ('canary', 'running') THEN lease_until END
			WHERE id = $1 AND lease_owner = $2`, id, owner, string(next), note, turn)
		if err != nil {
			return fmt.Errorf("advance bulk run %d: %w", id, err)
		}
		if tag.RowsAffected() != 1 {
			return ErrLeaseLost
		}
		if status == next {
			return nil
		}
		status = next
		return auditPgx(ctx, tx, bulkAudit(run, next, run.Actor, note))
	})
	return status, err
}
