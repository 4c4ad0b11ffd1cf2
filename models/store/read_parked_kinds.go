package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// ofKind are the events of a kind c, in the alias u.
const ofKind = `u.state = $1 AND u.code = c.code AND u.source = c.source`

// kindsSQL counts by the rollup and looks up the ends and some names of each kind
// in its indexes: nothing here reads an event for being parked.
var kindsSQL = `
	WITH causes AS (
		SELECT code, source, fingerprint, sum(events)::bigint AS events, ` + agesSQL("CAST($7 AS date)") + `
		FROM unsettled_counts WHERE ` + inRollup + ` GROUP BY code, source, fingerprint
	), kinds AS (
		SELECT code, source, count(*) AS causes, sum(events)::bigint AS events, sum(today)::bigint AS today, sum(week)::bigint AS week,
			sum(month)::bigint AS month, sum(older)::bigint AS older
		FROM causes GROUP BY code, source HAVING count(*) > $6
	), dcs AS (
		SELECT code, source, array_agg(dc ORDER BY dc) AS names
		FROM (SELECT DISTINCT code, source, dc FROM unsettled_counts WHERE ` + inRollup + ` AND dc <> '') AS each GROUP BY code, source
	)
	SELECT c.code, c.source, c.causes, c.events, c.today, c.week, c.month, c.older, coalesce(dcs.names, '{}'), items.names, orders.names,
		oldest.received_at, newest.received_at
	FROM kinds c LEFT JOIN dcs USING (code, source)
	CROSS JOIN LATERAL (SELECT received_at FROM unsettled_events u WHERE ` + ofKind + ` ORDER BY seq DESC LIMIT 1) newest
	CROSS JOIN LATERAL (SELECT received_at FROM unsettled_events u WHERE ` + ofKind + ` ORDER BY seq LIMIT 1) oldest
	CROSS JOIN LATERAL (` + distinctNames("item", ofKind) + `) items
	CROSS JOIN LATERAL (` + distinctNames("order_number", ofKind) + `) orders
	ORDER BY c.events DESC, c.code, c.source`

// Kinds lists the kinds of a filter that have more causes than so many from one
// source, the most events first. First and last seen, items and orders are those of
// the whole kind, counts and DCs those of the filter.
func (f *Failures) Kinds(ctx context.Context, q models.ParkedFilter, now time.Time, moreThan int) ([]models.ParkedKind, error) {
	const what = "count the kinds of what did not pass"
	fingerprint, err := optionalUUID(q.Fingerprint)
	if err != nil {
		return nil, nil //nolint:nilerr // no group has such a name
	}
	rows, err := f.db.Pool.Query(ctx, kindsSQL, q.State, fingerprint, q.Code, q.Source, q.DC, moreThan, now.UTC(),
		optional(q.ReceivedFrom), optional(q.ReceivedBefore), namedInList+1)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, func(row pgx.CollectableRow, k *models.ParkedKind) error {
		return row.Scan(&k.Code, &k.Source, &k.Groups, &k.Events, &k.Ages[0], &k.Ages[1], &k.Ages[2], &k.Ages[3],
			&k.DCs, &k.Items, &k.Orders, &k.FirstAt, &k.LastAt)
	})
}
