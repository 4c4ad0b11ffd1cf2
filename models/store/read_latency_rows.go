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

// Slowest gives those of the newest events of an entity at a DC that took
// longest to take effect, the slowest first and at most limit of them. What did
// not pass at once is left out: its time is a person's or a reference's.
func (l *Latency) Slowest(ctx context.Context, dc, entity string, limit int) ([]models.SlowEvent, error) {
	rows, err := l.db.Pool.Query(ctx, `
		SELECT e.seq, e.source, e.item, e.occurred_at, c.applied_at`+newestEvents+`
		CROSS JOIN LATERAL (
			SELECT applied_at, left_out FROM changes
			WHERE shard = e.shard AND to_seq >= e.seq AND from_seq <= e.seq AND kind = 'batch' ORDER BY to_seq LIMIT 1) c
		WHERE s.lane = 'realtime' AND e.dc = $2 AND split_part(e.type, '.', 2) = $3 AND e.seq <> ALL (c.left_out)
		ORDER BY c.applied_at - e.occurred_at DESC, e.seq LIMIT $4`, newestOfShard, dc, entity, limit)
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
