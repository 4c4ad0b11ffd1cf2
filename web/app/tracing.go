package app

import (
	"context"

	"throughline/sync/tracing"
)

// startTracing exports traces where the environment names a collector.
func (p *Program) startTracing(ctx context.Context) (err error) {
	if !tracing.Wanted() {
		return nil
	}
	if p.tracer, err = tracing.New(ctx, p.cfg.Version, p.cfg.Log); err != nil {
		return err
	}
	p.started("tracing", p.tracer.Stop)
	return nil
}
