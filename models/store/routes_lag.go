package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// DisableLagging disables the subscriptions that have been behind since before
// a real instant, so that retention no longer waits for them, and names them.
// One that is new or was resumed is given its time from then on.
func (r *Routes) DisableLagging(ctx context.Context, before time.Time) ([]string, error) {
	rows, err := r.db.Pool.Query(ctx, `
		UPDATE subscriptions s SET state = 'disabled',
			disabled_why = 'It has been behind since ' || to_char(l.oldest AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC, longer than the log waits for it.'
		FROM (
			SELECT cc.consumer, min(ch.applied_at) AS oldest
			FROM consumer_cursors cc CROSS JOIN LATERAL (
				SELECT applied_at FROM changes WHERE shard = cc.shard AND pos > cc.pos ORDER BY pos LIMIT 1) ch
			GROUP BY cc.consumer
		) l
		WHERE l.consumer = 'route:' || s.name AND s.state <> 'disabled' AND greatest(l.oldest, s.active_since) < $1
		RETURNING s.name`, before)
	if err != nil {
		return nil, fmt.Errorf("disable what lags too far behind: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("disable what lags too far behind: %w", err)
	}
	return names, nil
}
