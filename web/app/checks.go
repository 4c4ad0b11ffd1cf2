package app

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/web"
)

// From this age on of the oldest event that is not applied, what the tower shows
// is not current. The bulk lane carries loads of history, which may take a while.
const (
	realtimeLagMax = time.Minute
	bulkLagMax     = 15 * time.Minute
)

// checks are what /readyz asks.
func (p *Program) checks() []web.Check {
	lag := store.NewLag(p.db)
	return []web.Check{
		{Name: "database", Run: func(ctx context.Context) (web.Finding, error) {
			if err := p.db.Pool.Ping(ctx); err != nil {
				return web.Finding{}, models.Wrap(models.CodeUnavailable, err, "The database does not answer.")
			}
			return web.Finding{}, nil
		}},
		{Name: "migrations", Run: func(ctx context.Context) (web.Finding, error) { return web.Finding{}, p.db.CheckSchema(ctx) }},
		{Name: "realtime lane", Run: checkLane(lag, models.LaneRealtime, realtimeLagMax)},
		{Name: "bulk lane", Run: checkLane(lag, models.LaneBulk, bulkLagMax)},
	}
}

func checkLane(lag *store.Lag, lane models.Lane, most time.Duration) func(context.Context) (web.Finding, error) {
	return func(ctx context.Context) (web.Finding, error) {
		lanes, err := lag.Oldest(ctx)
		if err != nil {
			return web.Finding{}, models.Wrap(models.CodeUnavailable, err, "How far the engine is behind cannot be read.")
		}
		var age time.Duration
		for _, l := range lanes {
			if l.Lane == lane {
				age = l.Age
			}
		}
		seconds := age.Round(time.Millisecond).Seconds()
		finding := web.Finding{LagSeconds: &seconds}
		if age > most {
			return finding, models.Errorf(models.CodeUnavailable,
				"The oldest event of the %s lane has waited %s to be applied; it should be at most %s.", lane, age.Round(time.Second), most)
		}
		return finding, nil
	}
}
