package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Alarms reads how often exceptions call people. It is safe for concurrent use.
type Alarms struct{ db *DB }

// NewAlarms works on db.
func NewAlarms(db *DB) *Alarms { return &Alarms{db: db} }

// callLimit bounds what one look reads: a week of 600 calls an hour.
const callLimit = 100_000

// Health judges the calls of the week before now, or since the first when that
// is later, about a DC or about all for an empty one. What was called for and
// closed since is counted as well.
func (a *Alarms) Health(ctx context.Context, now time.Time, dc string) (models.AlarmHealth, error) {
	since := now.Add(-models.AlarmLookBack)
	calls, err := a.calls(ctx, since, now, dc)
	if err != nil {
		return models.AlarmHealth{}, err
	}
	if len(calls) > 0 && len(calls) < callLimit {
		var first time.Time
		if err := a.db.Pool.QueryRow(ctx, `SELECT coalesce(min(opened_at), $1) FROM exceptions`, now).Scan(&first); err != nil {
			return models.AlarmHealth{}, fmt.Errorf("read the first exception: %w", err)
		}
		since = maxTime(since, first)
	} else if len(calls) > 0 {
		since = calls[0].At
	}
	people, err := a.people(ctx)
	if err != nil {
		return models.AlarmHealth{}, err
	}
	health := models.JudgeAlarms(calls, people, since, now)
	if health.Stale, err = a.stale(ctx, now, dc); err != nil {
		return health, err
	}
	err = a.db.Pool.QueryRow(ctx, `SELECT count(*) FROM exceptions WHERE state <> 'resolved' AND ($1 = '' OR dc = $1) AND `+isShelved, dc).Scan(&health.Shelved)
	if err != nil {
		return health, fmt.Errorf("count what is shelved: %w", err)
	}
	return health, nil
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// calls are the newest of the time, in its order. What opened on the shelf of its
// kind called nobody.
func (a *Alarms) calls(ctx context.Context, since, until time.Time, dc string) ([]models.Call, error) {
	rows, err := a.db.Pool.Query(ctx, `
		SELECT * FROM (
			SELECT n.at, n.id, x.id AS exception, x.code, coalesce(nullif(x.through, ''), x.source) AS system, x.source, x.dedupe_key, x.title, x.team, x.priority,
				EXISTS (SELECT FROM exception_notes f WHERE f.exception_id = x.id AND f.action = 'follows' AND f.at = n.at) AS follows
			FROM exception_notes n JOIN exceptions x ON x.id = n.exception_id
			WHERE n.action IN ('opened', 'reopened', 'alone', 'returned') AND n.at > $1 AND n.at <= $2 AND ($4 = '' OR x.dc = $4) AND (x.priority = 'P1' OR NOT EXISTS (
				SELECT FROM kind_shelf_rows r JOIN kind_shelves k ON k.id = r.shelf WHERE r.exception_id = x.id AND n.at >= r.at AND n.at < k.until))
			ORDER BY n.at DESC, n.id DESC LIMIT $3) AS newest
		ORDER BY at, id`, since, until, callLimit, dc)
	if err != nil {
		return nil, fmt.Errorf("read the calls: %w", err)
	}
	calls, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c models.Call, err error) {
		var note int64
		err = row.Scan(&c.At, &note, &c.Exception, &c.Code, &c.System, &c.Source, &c.Key, &c.Title, &c.Team, &c.Priority, &c.Follows)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the calls: %w", err)
	}
	return calls, nil
}

// people are the accounts that can sign in, by the team of their role.
func (a *Alarms) people(ctx context.Context) (map[models.Team]int, error) {
	rows, err := a.db.Pool.Query(ctx, `SELECT role, count(*) FROM users WHERE role IN ('planner', 'procurement', 'it') GROUP BY role`)
	if err != nil {
		return nil, fmt.Errorf("count the people: %w", err)
	}
	people := map[models.Team]int{}
	var team models.Team
	var n int
	_, err = pgx.ForEachRow(rows, []any{&team, &n}, func() error {
		people[team] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count the people: %w", err)
	}
	return people, nil
}

// staleLimit is how many stale exceptions are listed; the queues have them all.
const staleLimit = 50

// stale are open exceptions that nobody has touched for a day, the oldest first.
func (a *Alarms) stale(ctx context.Context, now time.Time, dc string) ([]models.Exception, error) {
	var stale []models.Exception
	err := a.db.Gorm.WithContext(ctx).Raw(`
		SELECT x.* FROM exceptions x
		WHERE x.state <> 'resolved' AND x.opened_at < @before AND (@dc = '' OR x.dc = @dc) AND NOT EXISTS (
			SELECT 1 FROM exception_notes n WHERE n.exception_id = x.id AND n.at > @before
				AND n.action NOT IN ('opened', 'reopened', 'priority', 'cleared', 'follows', 'alone', 'kind shelved', 'returned'))
		ORDER BY x.opened_at, x.id LIMIT @limit`,
		binds{"before": now.Add(-models.StaleAfter), "limit": staleLimit, "dc": dc}).Scan(&stale).Error
	if err != nil {
		return nil, fmt.Errorf("read the stale exceptions: %w", err)
	}
	return stale, nil
}
