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

// namedInList is how many items and orders are named of each group.
const namedInList = 10

// UnsettledCounts counts what did not pass by where it stands.
func (f *Failures) UnsettledCounts(ctx context.Context) (map[string]int64, error) {
	rows, err := f.db.Pool.Query(ctx, `SELECT state, sum(events)::bigint FROM unsettled_counts GROUP BY state`)
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

// agesSQL counts rows of the rollup by the classes of age of a day.
func agesSQL(day string) string {
	return `
			coalesce(sum(events) FILTER (WHERE day > ` + day + ` - 1), 0)::bigint AS today,
			coalesce(sum(events) FILTER (WHERE day <= ` + day + ` - 1 AND day > ` + day + ` - 7), 0)::bigint AS week,
			coalesce(sum(events) FILTER (WHERE day <= ` + day + ` - 7 AND day > ` + day + ` - 30), 0)::bigint AS month,
			coalesce(sum(events) FILTER (WHERE day <= ` + day + ` - 30), 0)::bigint AS older`
}

// summarySQL counts over the rollup of a state.
var summarySQL = `
	SELECT ` + agesSQL("CAST($6 AS date)") + `,
		count(DISTINCT fingerprint) FILTER (WHERE ($7::date IS NULL OR day >= $7) AND ($8::date IS NULL OR day < $8)),
		ARRAY(SELECT DISTINCT code FROM unsettled_counts WHERE state = $1 ORDER BY code),
		ARRAY(SELECT DISTINCT source FROM unsettled_counts WHERE state = $1 ORDER BY source)
	FROM unsettled_counts
	WHERE state = $1 AND ($2::uuid IS NULL OR fingerprint = $2) AND ($3 = '' OR code = $3) AND ($4 = '' OR source = $4) AND ($5 = '' OR dc = $5)`

// UnsettledSummary counts what stands in the filter's state at a real instant.
func (f *Failures) UnsettledSummary(ctx context.Context, q models.ParkedFilter, now time.Time) (s models.ParkedSummary, err error) {
	fingerprint, err := optionalUUID(q.Fingerprint)
	if err != nil {
		return s, nil //nolint:nilerr // no group has such a name
	}
	err = f.db.Pool.QueryRow(ctx, summarySQL, q.State, fingerprint, q.Code, q.Source, q.DC, now.UTC(), optional(q.ReceivedFrom), optional(q.ReceivedBefore)).
		Scan(&s.Ages[0], &s.Ages[1], &s.Ages[2], &s.Ages[3], &s.Groups, &s.Codes, &s.Sources)
	if err != nil {
		return s, fmt.Errorf("count what did not pass: %w", err)
	}
	return s, nil
}

// groupSorts are what a reader may sort the groups by.
var groupSorts = map[string]string{"code": "c.code", "events": "c.events", "old": "c.month + c.older"}

// inRollup are the counts of a filter without its picked events: $1 to $5, and its
// days from $8 to $9.
const inRollup = `state = $1 AND ($2::uuid IS NULL OR fingerprint = $2) AND ($3 = '' OR code = $3) AND ($4 = '' OR source = $4)
			AND ($5 = '' OR dc = $5) AND ($8::date IS NULL OR day >= $8) AND ($9::date IS NULL OR day < $9)`

// ofGroup are the events of a group c, in the alias u.
const ofGroup = `u.state = $1 AND u.fingerprint = c.fingerprint`

// groupsSQL counts by the rollup and walks, of each group that is shown, the ends
// of its index and some names in it, one look-up a name: nothing here reads an
// event for being parked.
func groupsSQL(by models.Sorting) string {
	order := orderBy(by, groupSorts, "c.events DESC", "c.fingerprint")
	return `
	WITH grouped AS (
		SELECT fingerprint, min(code) AS code, min(stage) AS stage, sum(events)::bigint AS events,
			array_agg(DISTINCT source) AS sources, array_remove(array_agg(DISTINCT dc), '') AS dcs,` + agesSQL("CAST($7 AS date)") + `
		FROM unsettled_counts n
		WHERE ` + inRollup + `
			AND NOT EXISTS (SELECT FROM unnest($11::text[], $12::text[]) AS folded (code, source) WHERE folded.code = n.code AND folded.source = n.source)
		GROUP BY fingerprint
	), counted AS (
		SELECT * FROM grouped c ORDER BY ` + order + ` LIMIT $6
	)
	SELECT c.fingerprint::text, c.code, c.stage, newest.reason, coalesce(newest.waits_for, ''), c.events, c.today, c.week, c.month, c.older,
		newest.seq, c.sources, c.dcs, items.names, orders.names, oldest.received_at, newest.received_at
	FROM counted c
	CROSS JOIN LATERAL (SELECT seq, reason, waits_for, received_at FROM unsettled_events u
		WHERE ` + ofGroup + ` ORDER BY seq DESC LIMIT 1) newest
	CROSS JOIN LATERAL (SELECT received_at FROM unsettled_events u
		WHERE ` + ofGroup + ` ORDER BY seq LIMIT 1) oldest
	CROSS JOIN LATERAL (` + distinctNames("item", ofGroup) + `) items
	CROSS JOIN LATERAL (` + distinctNames("order_number", ofGroup) + `) orders
	ORDER BY ` + order
}

// distinctNames walks the different values of a column of some events in order, up
// to one more than are shown.
func distinctNames(column, of string) string {
	next := func(after string) string {
		return `SELECT min(` + column + `) FROM unsettled_events u
			WHERE ` + of + ` AND u.` + column + ` <> '' AND u.` + column + ` > ` + after
	}
	return `
		WITH RECURSIVE walk (name, n) AS (
			SELECT (` + next("''") + `), 1
			UNION ALL
			SELECT (` + next("walk.name") + `), n + 1 FROM walk WHERE name IS NOT NULL AND n < $10
		)
		SELECT coalesce(array_agg(name ORDER BY name) FILTER (WHERE name IS NOT NULL), '{}') AS names FROM walk`
}

func (f *Failures) groups(ctx context.Context, q models.ParkedFilter, by models.Sorting, now time.Time, limit int, folded ...models.ParkedKind) ([]models.EventGroup, error) {
	fingerprint, err := optionalUUID(q.Fingerprint)
	if err != nil {
		return nil, nil //nolint:nilerr // no group has such a name
	}
	codes, sources := make([]string, len(folded)), make([]string, len(folded))
	for i, k := range folded {
		codes[i], sources[i] = k.Code, k.Source
	}
	rows, err := f.db.Pool.Query(ctx, groupsSQL(by), q.State, fingerprint, q.Code, q.Source, q.DC, limit, now.UTC(),
		optional(q.ReceivedFrom), optional(q.ReceivedBefore), namedInList+1, codes, sources)
	if err != nil {
		return nil, fmt.Errorf("group what did not pass: %w", err)
	}
	return collect(rows, "group what did not pass", func(row pgx.CollectableRow, g *models.EventGroup) error {
		g.State = q.State
		return row.Scan(&g.Fingerprint, &g.Code, &g.Stage, &g.Reason, &g.WaitsFor, &g.Events, &g.Ages[0], &g.Ages[1], &g.Ages[2], &g.Ages[3],
			&g.NewestSeq, &g.Sources, &g.DCs, &g.Items, &g.Orders, &g.FirstAt, &g.LastAt)
	})
}

// optionalUUID is nil for an empty text, and an error for what is no UUID.
func optionalUUID(text string) (*uuid.UUID, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // not asked for
	}
	id, err := uuid.Parse(text)
	return &id, err
}

// Groups lists what did not pass by cause, the largest group first unless it is
// sorted by code, events or old, which are those of a week and more. First and
// last seen, items and orders are those of the whole group, counts and DCs
// those of the filter. What is of a folded kind is left out.
func (f *Failures) Groups(ctx context.Context, q models.ParkedFilter, by models.Sorting, now time.Time, limit int, folded ...models.ParkedKind) ([]models.EventGroup, error) {
	return f.groups(ctx, q, by, now, limit, folded...)
}

// Group reads one group up to limit events, the oldest first; CodeNotFound when nothing of it waits any more.
func (f *Failures) Group(ctx context.Context, fingerprint, state string, now time.Time, limit int) (models.EventGroup, []models.UnsettledRow, error) {
	q := models.ParkedFilter{State: state, Fingerprint: fingerprint}
	if fingerprint == "" {
		return models.EventGroup{}, nil, errors.New("read a group of events: no fingerprint")
	}
	found, err := f.groups(ctx, q, models.Sorting{}, now, 1)
	if err != nil {
		return models.EventGroup{}, nil, err
	}
	if len(found) == 0 {
		return models.EventGroup{}, nil, models.Errorf(models.CodeNotFound, "Nothing of this group waits any more.")
	}
	if err := f.countNames(ctx, &found[0]); err != nil {
		return models.EventGroup{}, nil, err
	}
	events, err := f.UnsettledEvents(ctx, q, 0, limit)
	return found[0], events, err
}

// countNames counts the different items and orders of a whole group, each from an
// index that holds nothing else.
func (f *Failures) countNames(ctx context.Context, g *models.EventGroup) error {
	err := f.db.Pool.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM (SELECT DISTINCT item FROM unsettled_events WHERE state = $1 AND fingerprint = CAST($2 AS uuid) AND item <> '') AS items),
		(SELECT count(*) FROM (SELECT DISTINCT order_number FROM unsettled_events WHERE state = $1 AND fingerprint = CAST($2 AS uuid) AND order_number <> '') AS orders)`,
		g.State, g.Fingerprint).Scan(&g.ItemCount, &g.OrderCount)
	if err != nil {
		return fmt.Errorf("count the items and orders of a group: %w", err)
	}
	return nil
}

// UnsettledEvents lists events of the filter after a sequence, in order.
func (f *Failures) UnsettledEvents(ctx context.Context, q models.ParkedFilter, after int64, limit int) ([]models.UnsettledRow, error) {
	const what = "list what did not pass"
	fingerprint, err := optionalUUID(q.Fingerprint)
	if err != nil {
		return nil, nil //nolint:nilerr // no group has such a name
	}
	rows, err := f.db.Pool.Query(ctx, `
		SELECT seq, event_id, source, type, item, dc, state, reason, attempts, received_at FROM unsettled_events
		WHERE `+matchesFilter+` AND seq > $8 ORDER BY seq LIMIT $9`,
		q.State, fingerprint, q.Code, q.Source, q.DC, optional(q.ReceivedFrom), optional(q.ReceivedBefore), after, limit)
	if err != nil {
		return nil, fmt.Errorf(what+": %w", err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByPos[models.UnsettledRow])
	if err != nil {
		return nil, fmt.Errorf(what+": %w", err)
	}
	return events, nil
}

// matchesFilter is a models.ParkedFilter without its picked events, from $1 to $7.
const matchesFilter = `state = $1 AND ($2::uuid IS NULL OR fingerprint = $2) AND ($3 = '' OR code = $3) AND ($4 = '' OR source = $4)
	AND ($5 = '' OR dc = $5) AND ($6::timestamptz IS NULL OR received_at >= $6) AND ($7::timestamptz IS NULL OR received_at < $7)`

// UnsettledMatching counts the events of a filter by the rollup; the bounds of
// its time must be midnights in UTC.
func (f *Failures) UnsettledMatching(ctx context.Context, q models.ParkedFilter) (int64, error) {
	fingerprint, err := optionalUUID(q.Fingerprint)
	if err != nil {
		return 0, nil //nolint:nilerr // no group has such a name
	}
	var n int64
	err = f.db.Pool.QueryRow(ctx, `
		SELECT coalesce(sum(events), 0)::bigint FROM unsettled_counts
		WHERE state = $1 AND ($2::uuid IS NULL OR fingerprint = $2) AND ($3 = '' OR code = $3) AND ($4 = '' OR source = $4)
			AND ($5 = '' OR dc = $5) AND ($6::date IS NULL OR day >= $6) AND ($7::date IS NULL OR day < $7)`,
		q.State, fingerprint, q.Code, q.Source, q.DC, optional(q.ReceivedFrom), optional(q.ReceivedBefore)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what did not pass: %w", err)
	}
	return n, nil
}

// GroupSeqs lists the events of a group that a person saw: those up to a sequence, at most limit.
func (f *Failures) GroupSeqs(ctx context.Context, fingerprint, state string, upTo int64, limit int) ([]int64, error) {
	group, err := uuid.Parse(fingerprint)
	if err != nil {
		return nil, nil //nolint:nilerr // no group has such a name
	}
	rows, err := f.db.Pool.Query(ctx, `
		SELECT seq FROM unsettled_events WHERE fingerprint = $1 AND state = $2 AND seq <= $3 ORDER BY seq LIMIT $4`,
		group, state, upTo, limit)
	if err != nil {
		return nil, fmt.Errorf("list the events of a group: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}
