package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// newestOfShard bounds what is looked at of each shard, so that the cost does
// not grow with the log.
const newestOfShard = 2000

// newestEvents are the last events of every shard that its cursor has passed.
const newestEvents = `
	FROM shard_cursors s CROSS JOIN LATERAL (
		SELECT * FROM events WHERE shard = s.shard AND seq <= s.seq AND received_at >= s.day - 1
		ORDER BY seq DESC LIMIT $1) e`

// slowestEvents looks only where the rollups say that the slowest are: each of
// the limit slowest is in one of the limit minutes of a shard with the longest
// maxima. OFFSET 0 keeps the look into each minute by its index.
const slowestEvents = `
	WITH worst AS (
		SELECT minute, shard FROM latency_rollups` + latencyWhere + `
		ORDER BY max_us DESC, minute, shard LIMIT $6)
	SELECT e.seq, e.source, e.item, e.occurred_at, c.applied_at
	FROM worst w
	CROSS JOIN LATERAL (
		SELECT from_seq, to_seq, left_out, first_received, last_received, applied_at FROM changes
		WHERE shard = w.shard AND applied_at >= w.minute AND applied_at < w.minute + interval '1 minute' AND kind = 'batch' OFFSET 0) c
	CROSS JOIN LATERAL (
		SELECT seq, source, item, occurred_at FROM events
		WHERE shard = w.shard AND seq BETWEEN c.from_seq AND c.to_seq AND received_at BETWEEN c.first_received AND c.last_received
			AND seq <> ALL (c.left_out) AND dc = ANY($3) AND split_part(type, '.', 2) = $4 AND NOT starts_with(event_id, $7) OFFSET 0) e
	ORDER BY c.applied_at - e.occurred_at DESC, e.seq LIMIT $6`

// Slowest gives those events of an entity at a DC, or of none, that took longest of all that
// took effect in the period, the slowest first and at most limit of them. What
// did not pass at once is left out: its time is a person's or a reference's. So
// is what the log no longer has.
func (l *Latency) Slowest(ctx context.Context, q models.LatencyQuery, limit int) ([]models.SlowEvent, error) {
	rows, err := l.db.Pool.Query(ctx, slowestEvents, q.Period.From, q.Period.To, q.DCs(), q.Entity, []models.LatencyStage{models.LatencyTotal}, limit, models.RereadID)
	if err != nil {
		return nil, fmt.Errorf("read the slowest events: %w", err)
	}
	return collect(rows, "read the slowest events", func(row pgx.CollectableRow, e *models.SlowEvent) error {
		return row.Scan(&e.Seq, &e.Source, &e.Item, &e.OccurredAt, &e.AppliedAt)
	})
}

// ClockLeads gives the sources whose newest events are dated after their
// receipt, ordered by name.
func (l *Latency) ClockLeads(ctx context.Context) ([]models.ClockLead, error) {
	rows, err := l.db.Pool.Query(ctx, `
		SELECT e.source, count(*), count(*) FILTER (WHERE e.occurred_at > e.received_at),
			(extract(epoch FROM max(e.occurred_at - e.received_at)) * 1000000)::bigint`+newestEvents+`
		WHERE s.lane = 'realtime'
		GROUP BY e.source HAVING bool_or(e.occurred_at > e.received_at) ORDER BY e.source`, newestOfShard)
	if err != nil {
		return nil, fmt.Errorf("read how far clocks are ahead: %w", err)
	}
	return collect(rows, "read how far clocks are ahead", func(row pgx.CollectableRow, c *models.ClockLead) error {
		var most int64
		err := row.Scan(&c.Source, &c.Events, &c.Ahead, &most)
		c.Most = micros(most)
		return err
	})
}
