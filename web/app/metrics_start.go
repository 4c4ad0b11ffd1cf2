package app

import "context"

// startMetrics registers what is read when somebody asks.
func (p *Program) startMetrics(context.Context) error {
	m := p.metrics
	m.gauge("db_connections_used", "Database connections in use.", func() float64 { return float64(p.db.Pool.Stat().AcquiredConns()) })
	m.gauge("db_connections_max", "Database connections allowed.", func() float64 { return float64(p.db.Pool.Stat().MaxConns()) })
	m.registry.MustRegister(newDatabaseCollector(p.db, p.cfg.Log))
	return nil
}
