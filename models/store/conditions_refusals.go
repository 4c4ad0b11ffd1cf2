package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Refusals is what a subscriber refused and nobody decided on yet, with the
// oldest of it.
type Refusals struct {
	Subscription string
	Events       int
	First        int64 // seq
	Types        []string
	Item, DC     string
	Status       int
	Answer       string
	Since        time.Time // real
}

// Refusals reads them by subscriber.
func (c *Conditions) Refusals(ctx context.Context) ([]Refusals, error) {
	const what = "read what subscribers refuse"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT n.subscription, n.events, x.seq, n.types, x.item, x.dc, x.status, x.answer, x.refused_at
		FROM (SELECT subscription, count(*) AS events, min(id) AS id, array_agg(DISTINCT type) AS types FROM refused_events WHERE state = 'open' GROUP BY subscription) n
		JOIN refused_events x USING (id) ORDER BY n.subscription`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, func(row pgx.CollectableRow, r *Refusals) error {
		return row.Scan(&r.Subscription, &r.Events, &r.First, &r.Types, &r.Item, &r.DC, &r.Status, &r.Answer, &r.Since)
	})
}
