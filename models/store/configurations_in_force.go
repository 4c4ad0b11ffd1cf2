package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// InForce reads, in one snapshot and by name, the sources and the routes that are not
// disabled as they are now, whether a file declared them or not, and the configuration
// that was applied last. Secrets are left out.
func (c *Configurations) InForce(ctx context.Context) (applied models.AppliedConfiguration, systems []models.DeclaredSystem, routes []models.Subscription, err error) {
	const what = "read what is in force"
	err = pgx.BeginTxFunc(ctx, c.db.Pool, snapshot, func(tx pgx.Tx) (err error) {
		if applied, err = currentConfiguration(ctx, tx); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			SELECT source, system, interval_s, fallback, coalesce(quota_rate, 0), coalesce(quota_burst, 0),
				ARRAY(SELECT entity FROM owners o WHERE o.source = s.source AND o.record = '' ORDER BY entity)
			FROM sources s ORDER BY source`)
		if err != nil {
			return err
		}
		systems, err = collect(rows, what, func(row pgx.CollectableRow, s *models.DeclaredSystem) error {
			var seconds int64
			err := row.Scan(&s.Name, &s.Kind, &seconds, &s.Fallback, &s.Quota.Rate, &s.Quota.Burst, &s.Owns)
			s.Interval = time.Duration(seconds) * time.Second
			return err
		})
		if err != nil {
			return err
		}
		if rows, err = tx.Query(ctx, subscriptionColumns+` WHERE state <> 'disabled' ORDER BY name`); err != nil {
			return err
		}
		routes, err = pgx.CollectRows(rows, scanSubscription)
		return err
	})
	if err != nil {
		return applied, nil, nil, fmt.Errorf("%s: %w", what, err)
	}
	for i := range routes {
		routes[i].Secret = ""
		slices.Sort(routes[i].Types)
		slices.Sort(routes[i].DCs)
	}
	return applied, systems, routes, nil
}
