package store

import (
	"context"
	"fmt"
	"time"
)

// DropStubs deletes the stubs of the oldest events that were received before the
// day of an instant, a limited number at a time, and notes it on their days. It
// gives how many went; fewer than the limit were the last.
func (p *Partitions) DropStubs(ctx context.Context, before time.Time, limit int) (dropped int64, err error) {
	err = p.db.Pool.QueryRow(ctx, `
		WITH old AS (
			SELECT seq FROM event_stubs WHERE received_at < $1 ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED
		), gone AS (
			DELETE FROM event_stubs s USING old WHERE s.seq = old.seq RETURNING (s.received_at AT TIME ZONE 'UTC')::date AS day
		), noted AS (
			UPDATE retired_days r SET stubs_gone = r.stubs_gone + g.stubs, stubs_gone_at = now()
			FROM (SELECT day, count(*) AS stubs FROM gone GROUP BY day) g WHERE r.day = g.day
		)
		SELECT count(*) FROM gone`, startOfDay(before), limit).Scan(&dropped)
	if err != nil {
		return 0, fmt.Errorf("drop old stubs: %w", err)
	}
	return dropped, nil
}
