package forecasting

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/chance"
	"throughline/sync/simulator/forecast"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
)

// A forecast that has not changed is published again before it runs out, each
// series after its own number of days.
const refreshFrom, refreshTo = 10, 16

func closedState(dc string) string { return "forecasting_closed_" + dc }

// publishFirst trains every series on the embedded history up to the start and
// publishes revision 1 of each. It does nothing when that has been done.
func (f *Forecasting) publishFirst(ctx context.Context) error {
	today := calendar.DataDay(f.cfg.Clock.Business())
	for dc, site := range f.cfg.Data.DCs {
		_, done, err := simdb.State(ctx, f.cfg.DB, closedState(site.Code))
		if err != nil {
			return err
		}
		if done {
			continue
		}
		all := make([]series, len(f.cfg.Data.Items))
		for item := range all {
			all[item] = f.train(item, dc, today)
		}
		err = simdb.InTx(ctx, f.cfg.DB, func(tx pgx.Tx) error {
			return f.commit(ctx, tx, site.Code, calendar.Day(today-1), all, all)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *Forecasting) train(item, dc, today int) series {
	s := series{
		item: f.cfg.Data.Items[item].Code, dc: f.cfg.Data.DCs[dc].Code,
		revision: 1, start: calendar.Day(today),
	}
	demand := make([]int, today)
	for day := range demand {
		demand[day] = f.cfg.Data.Demand(item, dc, day)
	}
	profile := f.profiles[s.dc]
	s.level = f.smooth.Train(profile, calendar.Epoch().Weekday(), demand)
	s.quantities = forecast.Buckets(s.level, profile, s.start.Weekday())
	return s
}

// closeDay takes the demand of the day after the last closed one into account,
// when that day has ended by the given business time, and reports whether it
// did.
func (f *Forecasting) closeDay(ctx context.Context, dc string, business time.Time) (closed bool, err error) {
	text, _, err := simdb.State(ctx, f.cfg.DB, closedState(dc))
	if err != nil {
		return false, err
	}
	last, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return false, fmt.Errorf("last closed day: %w", err)
	}
	day := last.AddDate(0, 0, 1)
	if business.Before(day.AddDate(0, 0, 1)) {
		return false, nil
	}
	return true, simdb.InTx(ctx, f.cfg.DB, func(tx pgx.Tx) error {
		demand, err := countDemand(ctx, tx, dc, day)
		if err != nil {
			return err
		}
		out, err := outOn(ctx, tx, dc, day)
		if err != nil {
			return err
		}
		all, err := loadSeries(ctx, tx, dc)
		if err != nil {
			return err
		}
		var published []series
		for i := range all {
			if f.update(&all[i], day, demand[all[i].item], out[all[i].item]) {
				published = append(published, all[i])
			}
		}
		return f.commit(ctx, tx, dc, day, all, published)
	})
}

// update moves a series past a day and reports whether its forecast is worth a
// new revision.
func (f *Forecasting) update(s *series, day time.Time, pieces int, out bool) bool {
	profile, next := f.profiles[s.dc], f.smooth.Next
	if out {
		next = f.smooth.NextWithout
	}
	s.level = next(s.level, profile, day.Weekday(), pieces)
	start := day.AddDate(0, 0, 1)
	fresh := forecast.Buckets(s.level, profile, start.Weekday())
	age := int(start.Sub(s.start) / (24 * time.Hour))
	refresh := chance.Between(refreshFrom, refreshTo, s.item, s.dc, s.start.Format(time.DateOnly))
	if age < refresh && !f.rule.Changed(s.quantities, fresh, age, f.lead[s.item]) {
		return false
	}
	s.revision++
	s.start, s.quantities = start, fresh
	return true
}

// commit saves a DC's series as of a closed day and publishes some of them.
func (f *Forecasting) commit(ctx context.Context, tx pgx.Tx, dc string, day time.Time, all, published []series) error {
	if err := saveSeries(ctx, tx, dc, all); err != nil {
		return err
	}
	now := f.cfg.Clock.Now()
	run := fmt.Sprintf("FC-%s-%s", day.AddDate(0, 0, 1).Format("060102"), dc)
	messages := make([]outbox.Message, len(published))
	for i, s := range published {
		messages[i] = f.revision(s, run, now)
	}
	if err := outbox.Append(ctx, tx, Source, messages); err != nil {
		return err
	}
	return simdb.SetState(ctx, tx, closedState(dc), day.Format(time.DateOnly))
}

// countDemand sums up by item what was sold on a day and what came late for
// the days before, and forgets lines that are too old to come again.
func countDemand(ctx context.Context, tx pgx.Tx, dc string, day time.Time) (map[string]int, error) {
	rows, err := tx.Query(ctx, `
		WITH counted AS (
			UPDATE demand_lines SET counted = true
			WHERE dc = $1 AND day <= $2 AND NOT counted RETURNING item, quantity)
		SELECT item, sum(quantity)::bigint FROM counted GROUP BY item`, dc, day)
	if err != nil {
		return nil, fmt.Errorf("count demand: %w", err)
	}
	demand := make(map[string]int)
	var (
		item   string
		pieces int
	)
	if _, err := pgx.ForEachRow(rows, []any{&item, &pieces}, func() error {
		demand[item] = pieces
		return nil
	}); err != nil {
		return nil, fmt.Errorf("count demand: %w", err)
	}
	_, err = tx.Exec(ctx, "DELETE FROM demand_lines WHERE dc = $1 AND day < $2 AND counted",
		dc, day.AddDate(0, 0, -forgetAfter-1))
	return demand, err
}
