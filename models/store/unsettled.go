package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

const unsettledColumns = `seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, conflict,
	coalesce(extensions, ''), coalesce(edited, data), state, holds_key, stage, code, reason, fingerprint, coalesce(waits_for, ''), attempts,
	edits, data`

func scanUnsettled(row pgx.CollectableRow) (Unsettled, error) {
	var e models.Event
	u := Unsettled{Event: &e}
	err := row.Scan(&e.Seq, &e.Shard, &e.ReceivedAt, &e.OccurredAt, &e.Source, &e.ID, &e.Type, &e.Subject,
		&e.Key, &e.Item, &e.DC, &e.TraceID, &e.Conflict, &e.Extensions, &e.Data,
		&u.State, &u.HoldsKey, &u.Stage, &u.Code, &u.Reason, &u.Fingerprint, &u.WaitsFor, &u.Attempts,
		&u.Edits, &u.Original)
	return u, err
}

// Replayable reads, in order, the unsettled events of a shard with these
// sequences and all others that hold the same keys. The shard's cursor must be
// locked, so that none of them can change meanwhile.
func (t *ApplyTx) Replayable(ctx context.Context, shard int16, seqs []int64) ([]Unsettled, error) {
	rows, err := t.conn.Query(ctx, `
		SELECT `+unsettledColumns+` FROM unsettled_events
		WHERE shard = $1 AND (seq = ANY ($2) OR holds_key AND key IN (
			SELECT key FROM unsettled_events WHERE shard = $1 AND holds_key AND seq = ANY ($2)))
		ORDER BY seq`, shard, seqs)
	if err != nil {
		return nil, fmt.Errorf("read unsettled events: %w", err)
	}
	unsettled, err := pgx.CollectRows(rows, scanUnsettled)
	if err != nil {
		return nil, fmt.Errorf("read unsettled events: %w", err)
	}
	return unsettled, nil
}

// Audit writes who did what and why, in the transaction that does it (invariant 8).
func (t *ApplyTx) Audit(ctx context.Context, entries ...models.AuditEntry) error {
	for _, e := range entries {
		if err := auditPgx(ctx, t.conn, e); err != nil {
			return err
		}
	}
	return nil
}

// ShardOf says in which shard each unsettled event stands; one that is not
// unsettled is left out.
func (a *Apply) ShardOf(ctx context.Context, seqs []int64) (map[int16][]int64, error) {
	return a.bySeq(ctx, `SELECT shard, seq FROM unsettled_events WHERE seq = ANY ($1) ORDER BY seq`, seqs)
}

// Woken finds up to limit events that need no longer wait: their master record
// has come, or the event that held their key is gone, and no person holds them.
// It looks at each distinct reference once, however many wait for it.
func (a *Apply) Woken(ctx context.Context, now time.Time, limit int) (map[int16][]int64, error) {
	return a.bySeq(ctx, `
		WITH RECURSIVE refs (ref) AS (
			SELECT min(waits_for) FROM unsettled_events
			UNION ALL
			SELECT (SELECT min(waits_for) FROM unsettled_events WHERE waits_for > ref) FROM refs WHERE ref IS NOT NULL
		)
		SELECT shard, seq FROM (
			SELECT u.shard, u.seq FROM refs JOIN unsettled_events u ON u.waits_for = ref WHERE `+referenceExists+`
			UNION
			SELECT h.shard, h.seq FROM unsettled_events h WHERE h.state = 'held' AND NOT EXISTS (
				SELECT FROM unsettled_events o WHERE o.shard = h.shard AND o.key = h.key AND o.holds_key AND o.seq < h.seq)
		) woken
		WHERE NOT EXISTS (SELECT FROM event_holds p WHERE p.seq = woken.seq AND p.ends > $2)
		ORDER BY seq LIMIT $1`, limit, now)
}

func (a *Apply) bySeq(ctx context.Context, sql string, args ...any) (map[int16][]int64, error) {
	rows, err := a.db.Pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("look for unsettled events: %w", err)
	}
	found := map[int16][]int64{}
	var shard int16
	var seq int64
	_, err = pgx.ForEachRow(rows, []any{&shard, &seq}, func() error {
		found[shard] = append(found[shard], seq)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for unsettled events: %w", err)
	}
	return found, nil
}
