package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// sourceBooks are the books of each source in one row, without what was polled.
const sourceBooks = `
	SELECT r.source, sum(r.received - r.polled)::bigint AS received, sum(r.duplicate)::bigint AS duplicate,
		coalesce(min(d.superseded), 0)::bigint AS superseded, coalesce(min(d.parked), 0)::bigint AS parked
	FROM books_received r
	LEFT JOIN (SELECT source, sum(superseded) AS superseded, sum(parked) AS parked FROM books_decided GROUP BY source) d USING (source)
	GROUP BY r.source`

// UselessRows are what came of a source since a row of it last took effect.
// Parked are those more than then; what was parked before and is no longer is not counted.
type UselessRows struct {
	Sent       int64 // received and repeated
	Repeated   int64 // sent again and known already
	Superseded int64
	Parked     int64
}

// MarkUseful keeps what the books say of each source of which a row took effect
// since the last mark. What comes between that row and the mark is not told apart.
func (c *Conditions) MarkUseful(ctx context.Context) error {
	_, err := c.db.Pool.Exec(ctx, `
		INSERT INTO source_useful AS u (source, useful_at, received, duplicate, superseded, parked)
		SELECT b.source, f.useful_at, b.received, b.duplicate, b.superseded, b.parked
		FROM (`+sourceBooks+`) b JOIN (SELECT source, max(applied_at) AS useful_at FROM freshness GROUP BY source) f USING (source)
		ORDER BY b.source
		ON CONFLICT (source) DO UPDATE SET useful_at = EXCLUDED.useful_at, received = EXCLUDED.received, duplicate = EXCLUDED.duplicate,
			superseded = EXCLUDED.superseded, parked = EXCLUDED.parked
		WHERE u.useful_at < EXCLUDED.useful_at`)
	if err != nil {
		return fmt.Errorf("mark what the sources sent: %w", err)
	}
	return nil
}

// Useless reads, by source, what came since the last useful row. A source of
// which no row ever took effect has sent all of it in vain.
func (c *Conditions) Useless(ctx context.Context) (map[string]UselessRows, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT b.source, b.received + b.duplicate - coalesce(u.received + u.duplicate, 0), b.duplicate - coalesce(u.duplicate, 0),
			b.superseded - coalesce(u.superseded, 0), greatest(b.parked - coalesce(u.parked, 0), 0)
		FROM (`+sourceBooks+`) b LEFT JOIN source_useful u USING (source)`)
	if err != nil {
		return nil, fmt.Errorf("read what was sent in vain: %w", err)
	}
	found := map[string]UselessRows{}
	var source string
	var r UselessRows
	_, err = pgx.ForEachRow(rows, []any{&source, &r.Sent, &r.Repeated, &r.Superseded, &r.Parked}, func() error {
		found[source] = r
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what was sent in vain: %w", err)
	}
	return found, nil
}
