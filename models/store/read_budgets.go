package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Budgets reads the error budgets from hourly counts: its cost grows with hours,
// DCs and entities, never with events.
type Budgets struct {
	db      *DB
	targets func() models.Targets
}

// NewBudgets reads through db; targets are those that hold now, nil declares none.
func NewBudgets(db *DB, targets func() models.Targets) *Budgets {
	if targets == nil {
		targets = func() models.Targets { return nil }
	}
	return &Budgets{db: db, targets: targets}
}

// Read gives the budget of each entity at each DC of which something took effect
// within the period, ordered by DC and entity; last what belongs to no DC, such as
// items. Windows begin with a whole hour.
func (b *Budgets) Read(ctx context.Context, now time.Time) ([]models.ErrorBudget, error) {
	windows := models.BurnWindows
	rows, err := b.db.Pool.Query(ctx, `
		SELECT dc, entity, sum(events)::bigint, sum(late)::bigint,
			coalesce(sum(events) FILTER (WHERE hour >= $2), 0)::bigint, coalesce(sum(late) FILTER (WHERE hour >= $2), 0)::bigint,
			coalesce(sum(events) FILTER (WHERE hour >= $3), 0)::bigint, coalesce(sum(late) FILTER (WHERE hour >= $3), 0)::bigint,
			coalesce(sum(events) FILTER (WHERE hour >= $4), 0)::bigint, coalesce(sum(late) FILTER (WHERE hour >= $4), 0)::bigint
		FROM latency_hours WHERE hour >= $1 GROUP BY dc, entity ORDER BY dc = '', dc, entity`,
		beginning(now, models.BudgetPeriod), beginning(now, windows[0]), beginning(now, windows[1]), beginning(now, windows[2]))
	if err != nil {
		return nil, fmt.Errorf("read the error budgets: %w", err)
	}
	targets := b.targets()
	return collect(rows, "read the error budgets", func(row pgx.CollectableRow, one *models.ErrorBudget) error {
		s := &one.Burns
		err := row.Scan(&one.DC, &one.Entity, &one.Period.Events, &one.Period.Late,
			&s[0].Events, &s[0].Late, &s[1].Events, &s[1].Late, &s[2].Events, &s[2].Late)
		target, _ := targets.For(one.Entity, one.DC)
		one.Target, one.Objective, one.Criticality = targets.Latency(one.Entity, one.DC), targets.Objective(one.Entity, one.DC), target.Criticality
		return err
	})
}

// beginning is the whole hour in which a window up to now begins.
func beginning(now time.Time, window time.Duration) time.Time {
	return now.Add(-window).UTC().Truncate(time.Hour)
}
