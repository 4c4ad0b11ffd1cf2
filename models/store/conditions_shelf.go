package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Shelf is what a team has put aside.
type Shelf struct {
	Team    models.Team
	Shelved int64
	Since   time.Time // when the first of them was put aside for the first time
}

// Shelves reads what each team has put aside one by one at a real instant.
func (c *Conditions) Shelves(ctx context.Context, now time.Time) ([]Shelf, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT e.team, count(*), min(first.at) FROM exceptions e
		CROSS JOIN LATERAL (SELECT coalesce(min(at), $1) AS at FROM exception_notes n WHERE n.exception_id = e.id AND n.action = 'shelve') first
		WHERE e.shelved_until > $1 AND e.kind_shelf IS NULL AND e.state <> 'resolved' AND e.priority <> 'P1' GROUP BY e.team ORDER BY e.team`, now)
	if err != nil {
		return nil, fmt.Errorf("read what is shelved: %w", err)
	}
	return collect(rows, "read what is shelved", func(row pgx.CollectableRow, s *Shelf) error {
		return row.Scan(&s.Team, &s.Shelved, &s.Since)
	})
}

// ShelvedKinds reads which kinds are put aside at a real instant. Each goes back,
// in Since, as far as it was shelved in the same scope without a day between.
func (c *Conditions) ShelvedKinds(ctx context.Context, now time.Time) ([]models.KindShelf, error) {
	const what = "read which kinds are shelved"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT code, source, dc, max(since) FILTER (WHERE begins) FROM (
			SELECT code, source, dc, since, until,
				(since - lag(until) OVER (PARTITION BY code, source, dc ORDER BY since) <= interval '24 hours') IS NOT TRUE AS begins FROM kind_shelves) s
		GROUP BY code, source, dc HAVING max(until) > $1 ORDER BY code, source, dc`, now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, func(row pgx.CollectableRow, k *models.KindShelf) error {
		return row.Scan(&k.Code, &k.Source, &k.DC, &k.Since)
	})
}
