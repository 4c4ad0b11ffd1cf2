package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Connectors reads how the sources stand. Its cost grows with sources, DCs and
// the minutes asked for, never with events.
type Connectors struct{ db *DB }

// NewConnectors reads through db.
func NewConnectors(db *DB) *Connectors { return &Connectors{db: db} }

// sentWithin bounds how far back the newest accepted event of a source is looked
// for: the rollups are ordered by the minute, and a source that is silent would
// have all of them read.
const sentWithin = 24 * time.Hour

// cutOff are the kinds of exception that hold up all of a source. Of those alike in
// priority they come before what single events do.
var cutOff = []models.ExceptionCode{models.ExceptionSourceSilent, models.ExceptionAccess, models.ExceptionTargetDown}

// Health gives every source, by name. Refusals are counted since an instant. What
// of it belongs to a DC is that of dc, or of all for an empty one.
func (c *Connectors) Health(ctx context.Context, since time.Time, dc string) ([]models.ConnectorHealth, error) {
	const what = "read how the sources stand"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT s.source, s.system, make_interval(secs => s.interval_s), greatest(sent.at, CASE WHEN fresh.applied_at > $1::timestamptz - $2::interval THEN fresh.applied_at END), fresh.applied_at,
			CASE WHEN whole.applied_at IS NOT NULL THEN greatest(whole.applied_at, (SELECT max(ends) FROM pauses e WHERE e.kind = 'source' AND e.name = s.source AND e.since <= now())) END, fresh.occurred_at,
			coalesce(refused.count, 0), coalesce(keys.count, 0), keys.oldest, keys.expires, coalesce(agent.software, ''), agent.software_at, p.name IS NOT NULL, p.ends,
			polled.since, coalesce(polled.came, 0), coalesce(unread.why, ''), coalesce(unread.dcs, polled.dcs), x.id, coalesce(x.code, ''), coalesce(x.priority, ''), coalesce(x.title, '')
		FROM sources s
		LEFT JOIN LATERAL (SELECT max(minute) AS at FROM accept_rollups a
			WHERE a.source = s.source AND a.minute >= $1::timestamptz - $2::interval AND ($3 = '' OR a.dc = $3)) sent ON true
		LEFT JOIN LATERAL (SELECT max(applied_at) AS applied_at, max(occurred_at) AS occurred_at FROM freshness f WHERE f.source = s.source AND ($3 = '' OR f.dc = $3)) fresh ON true
		LEFT JOIN LATERAL (SELECT max(applied_at) AS applied_at FROM freshness f WHERE f.source = s.source) whole ON true
		LEFT JOIN LATERAL (SELECT sum(count)::bigint AS count FROM rejected_counts r WHERE r.source = s.source AND r.minute >= $1) refused ON true
		LEFT JOIN LATERAL (SELECT count(*) AS count, min(created_at) AS oldest, min(expires_at) AS expires
			FROM api_keys k WHERE k.source = s.source AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())) keys ON true
		LEFT JOIN LATERAL (SELECT software, software_at FROM api_keys k WHERE k.source = s.source AND k.software_at IS NOT NULL
			ORDER BY software_at DESC LIMIT 1) agent ON true
		LEFT JOIN LATERAL (SELECT name, ends FROM pauses p WHERE p.kind = 'source' AND p.name = s.source AND p.since <= now() AND (p.ends IS NULL OR p.ends > now())
			ORDER BY ends DESC NULLS FIRST LIMIT 1) p ON true
		LEFT JOIN LATERAL (SELECT min(u.read_since) AS since, sum(u.came)::bigint AS came, array_agg(DISTINCT e.dc) FILTER (WHERE u.read_since IS NOT NULL) AS dcs FROM catch_ups u JOIN exceptions e ON e.id = u.exception_id
			WHERE u.ended_at IS NULL AND u.answer = '' AND e.code = $4 AND e.standing AND e.source = s.source AND ($3 = '' OR e.dc IN ('', $3))) polled ON true
		LEFT JOIN LATERAL (SELECT min(u.answer) AS why, array_agg(DISTINCT e.dc) AS dcs FROM catch_ups u JOIN exceptions e ON e.id = u.exception_id
			WHERE u.ended_at IS NULL AND u.answer <> '' AND e.code = $4 AND e.standing AND e.source = s.source AND ($3 = '' OR e.dc IN ('', $3))) unread ON true
		LEFT JOIN LATERAL (SELECT id, code, priority, title FROM exceptions e
			WHERE e.source = s.source AND e.state <> 'resolved' AND e.stage = 'api' AND e.code <> $6 AND ($3 = '' OR e.dc IN ('', $3)) ORDER BY e.priority, e.code <> ALL ($5), e.opened_at LIMIT 1) x ON true
		ORDER BY s.source`, since, sentWithin, dc, models.ExceptionSourceSilent, cutOff, models.ExceptionUnacknowledged)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	sources, err := collect(rows, what, func(row pgx.CollectableRow, h *models.ConnectorHealth) error {
		var id *int64
		var open models.OpenException
		err := row.Scan(&h.Source, &h.System, &h.Interval, &h.LastSentAt, &h.UsefulAt, &h.DueFrom, &h.NewestAt, &h.Refused, &h.Keys, &h.OldestKey, &h.Expires, &h.Software, &h.SoftwareAt,
			&h.Paused, &h.PausedTill, &h.ReadSince, &h.Read, &h.Unread, &h.ReadDCs, &id, &open.Code, &open.Priority, &open.Title)
		if id != nil {
			open.ID = *id
			h.Open = &open
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return sources, c.addLags(ctx, sources, since, dc)
}

// addLags gives each source how long its events took to the log since an instant.
func (c *Connectors) addLags(ctx context.Context, sources []models.ConnectorHealth, since time.Time, dc string) error {
	const what = "read how far the sources lag"
	rows, err := c.db.Pool.Query(ctx, `SELECT source, hist FROM accept_rollups WHERE minute >= $1 AND ($2 = '' OR dc = $2)`, since, dc)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	lags := map[string]*models.Histogram{}
	for i := range sources {
		lags[sources[i].Source] = &sources[i].Lag
	}
	var source string
	var encoded []byte
	_, err = pgx.ForEachRow(rows, []any{&source, &encoded}, func() error {
		if lag, known := lags[source]; known {
			return mergeInto(lag, encoded)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
