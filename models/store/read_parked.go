package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// UnsettledCounts counts what did not pass by where it stands.
func (f *Failures) UnsettledCounts(ctx context.Context) (map[string]int64, error) {
	rows, err := f.db.Pool.Query(ctx, `SELECT state, count(*) FROM unsettled_events GROUP BY state`)
	if err != nil {
		return nil, fmt.Errorf("count what did not pass: %w", err)
	}
	counts := map[string]int64{}
	var state string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		counts[state] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count what did not pass: %w", err)
	}
	return counts, nil
}

const groupColumns = `
	SELECT fingerprint::text, state, (array_agg(code ORDER BY seq DESC))[1], (array_agg(stage ORDER BY seq DESC))[1],
		(array_agg(reason ORDER BY seq DESC))[1], coalesce(max(waits_for), ''), count(*), max(seq),
		array_agg(DISTINCT source), array_remove(array_agg(DISTINCT dc), ''),
		(array_remove(array_agg(DISTINCT item), ''))[1:10], count(DISTINCT item) FILTER (WHERE item <> ''),
		min(received_at), max(received_at)
	FROM unsettled_events`

func scanGroup(row pgx.CollectableRow) (models.EventGroup, error) {
	var g models.EventGroup
	err := row.Scan(&g.Fingerprint, &g.State, &g.Code, &g.Stage, &g.Reason, &g.WaitsFor, &g.Events, &g.NewestSeq,
		&g.Sources, &g.DCs, &g.Items, &g.ItemCount, &g.FirstAt, &g.LastAt)
	return g, err
}

// Groups lists what did not pass by cause, the largest group first.
func (f *Failures) Groups(ctx context.Context, q models.EventGroupFilter) ([]models.EventGroup, error) {
	rows, err := f.db.Pool.Query(ctx, groupColumns+`
		WHERE state = $1 AND ($2 = '' OR code = $2) AND ($3 = '' OR source = $3) AND ($4 = '' OR dc = $4)
		GROUP BY fingerprint, state ORDER BY count(*) DESC, max(seq) DESC LIMIT $5`, q.State, q.Code, q.Source, q.DC, q.Limit)
	if err != nil {
		return nil, fmt.Errorf("group what did not pass: %w", err)
	}
	groups, err := pgx.CollectRows(rows, scanGroup)
	if err != nil {
		return nil, fmt.Errorf("group what did not pass: %w", err)
	}
	return groups, nil
}

// Group reads one group up to limit events, the oldest first; CodeNotFound when nothing of it waits any more.
func (f *Failures) Group(ctx context.Context, fingerprint, state string, limit int) (models.EventGroup, []models.UnsettledRow, error) {
	const what = "read a group of events: %w"
	rows, err := f.db.Pool.Query(ctx, groupColumns+` WHERE fingerprint::text = $1 AND state = $2 GROUP BY fingerprint, state`, fingerprint, state)
	if err != nil {
		return models.EventGroup{}, nil, fmt.Errorf(what, err)
	}
	groups, err := pgx.CollectRows(rows, scanGroup)
	if err != nil {
		return models.EventGroup{}, nil, fmt.Errorf(what, err)
	}
	if len(groups) == 0 {
		return models.EventGroup{}, nil, models.Errorf(models.CodeNotFound, "Nothing of this group waits any more.")
	}
	rows, err = f.db.Pool.Query(ctx, `
		SELECT seq, event_id, source, type, item, dc, state, reason, attempts, received_at FROM unsettled_events
		WHERE fingerprint::text = $1 AND state = $2 ORDER BY seq LIMIT $3`, fingerprint, state, limit)
	if err != nil {
		return models.EventGroup{}, nil, fmt.Errorf(what, err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByPos[models.UnsettledRow])
	if err != nil {
		return models.EventGroup{}, nil, fmt.Errorf(what, err)
	}
	return groups[0], events, nil
}

// GroupSeqs lists the events of a group that a person saw: those up to a sequence, at most limit.
func (f *Failures) GroupSeqs(ctx context.Context, fingerprint, state string, upTo int64, limit int) ([]int64, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT seq FROM unsettled_events WHERE fingerprint::text = $1 AND state = $2 AND seq <= $3 ORDER BY seq LIMIT $4`,
		fingerprint, state, upTo, limit)
	if err != nil {
		return nil, fmt.Errorf("list the events of a group: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// Rejected lists the newest refused events that were kept as samples; empty parts do not filter.
func (f *Failures) Rejected(ctx context.Context, source, code string, limit int) ([]models.RejectedSample, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT id, source, event_id, type, code, errors, body, received_at FROM rejected_samples
		WHERE ($1 = '' OR source = $1) AND ($2 = '' OR code = $2) ORDER BY id DESC LIMIT $3`, source, code, limit)
	if err != nil {
		return nil, fmt.Errorf("read the refused events: %w", err)
	}
	samples, err := pgx.CollectRows(rows, scanRejected)
	if err != nil {
		return nil, fmt.Errorf("read the refused events: %w", err)
	}
	return samples, nil
}

func scanRejected(row pgx.CollectableRow) (models.RejectedSample, error) {
	var s models.RejectedSample
	var faults []byte
	if err := row.Scan(&s.ID, &s.Source, &s.EventID, &s.Type, &s.Code, &faults, &s.Body, &s.ReceivedAt); err != nil {
		return s, err
	}
	return s, json.Unmarshal(faults, &s.Errors)
}

// RejectedCounts counts what intake refused since an instant, the most frequent first.
func (f *Failures) RejectedCounts(ctx context.Context, since time.Time) ([]models.RejectedCount, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT source, type, code, sum(count)::bigint, max(minute) FROM rejected_counts
		WHERE minute >= $1 GROUP BY source, type, code ORDER BY 4 DESC, source LIMIT 200`, since)
	if err != nil {
		return nil, fmt.Errorf("count the refused events: %w", err)
	}
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[models.RejectedCount])
	if err != nil {
		return nil, fmt.Errorf("count the refused events: %w", err)
	}
	return counts, nil
}
