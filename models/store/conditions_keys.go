package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ExpiringKey is an API key that is not honoured for much longer, or no more,
// while no other key of its source takes its place.
type ExpiringKey struct {
	Source, Prefix string
	ExpiresAt      time.Time
	Sends          bool // its source sends with it
}

// ExpiringKeys finds the keys that expire by an instant. Another key of the source
// takes a key's place when it is honoured for longer than that, or, once the key has
// expired, at now, and is for the same scopes and types or more.
func (c *Conditions) ExpiringKeys(ctx context.Context, by, now time.Time) ([]ExpiringKey, error) {
	const what = "look for keys that expire"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT source, prefix, expires_at, 'send' = ANY (scopes) FROM api_keys k
		WHERE expires_at <= $1 AND revoked_at IS NULL AND NOT EXISTS (
			SELECT FROM api_keys o WHERE o.source = k.source AND o.revoked_at IS NULL AND (o.expires_at IS NULL OR o.expires_at > CASE WHEN k.expires_at > $2 THEN $1 ELSE $2 END)
				AND o.scopes @> k.scopes AND (o.types = '{}' OR k.types <> '{}' AND o.types @> k.types))
		ORDER BY expires_at, id LIMIT $3`, by, now, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, k *ExpiringKey) error {
		return row.Scan(&k.Source, &k.Prefix, &k.ExpiresAt, &k.Sends)
	})
}
