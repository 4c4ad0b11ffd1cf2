package app

import (
	"context"
	"strings"
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
		{Name: "workers", Run: p.checkWorkers},
	}
}

// checkWorkers names the parts of the engine that fail or hang while nothing waits for them.
func (p *Program) checkWorkers(context.Context) (web.Finding, error) {
	if ailing := p.ward.Ailing(time.Now()); len(ailing) > 0 {
		return web.Finding{}, models.Errorf(models.CodeUnavailable, "No round of these succeeded for more than %s: %s. The log says why.", models.Took(p.cfg.WorkerPatience), strings.Join(ailing, ", "))
	}
	return web.Finding{}, nil
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
