package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// The working hours in which people look at stock.
const opens, closes = 8, 18

// readSeen looks once a working hour at the newest stock figure of each DC that
// the tower had then.
func (m measure) readSeen(ctx context.Context, o *outcome) error {
	var hours []time.Time
	for day := range tradingWeek {
		for hour := opens; hour <= closes; hour++ {
			hours = append(hours, realOf(m.clock, monday().Truncate(businessDay).AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour)))
		}
	}
	rows, err := m.db.Query(ctx, `
		SELECT h.at, max(s.occurred_at) FROM unnest($1::timestamptz[]) AS h (at)
		JOIN stock_movements s ON s.recorded_at <= h.at GROUP BY h.at, s.dc`, hours)
	if err != nil {
		return fmt.Errorf("read what people saw: %w", err)
	}
	var at, newest time.Time
	_, err = pgx.ForEachRow(rows, []any{&at, &newest}, func() error {
		o.seen.add(m.business(at.Sub(newest)))
		return nil
	})
	return err
}
