package app

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/catchup"
)

// startCatchUp asks the ERP, where one is connected, for what it did not send.
func (p *Program) startCatchUp(ctx context.Context) error {
	if p.systems.erp == nil {
		return nil
	}
	erp := catchup.Source{Replays: p.systems.erp, Transmissions: p.systems.erp}
	if p.reconciler != nil {
		erp.Compare = func() error { return p.reconciler.Ask(p.erpSource(), "tower") }
		erp.Poll = func(ctx context.Context, dc string, since time.Time) (int64, time.Time, error) {
			return p.reconciler.Poll(ctx, p.systems.erp, dc, since)
		}
		erp.Orders = func(ctx context.Context, since time.Time) (int, int, error) {
			return p.reconciler.Orders(ctx, p.systems.erp, since)
		}
	}
	asking, err := catchup.New(catchup.Config{
		Sources: map[string]catchup.Source{p.erpSource(): erp}, CatchUps: store.NewCatchUps(p.db), Resends: store.NewResends(p.db), Restores: store.NewRestores(p.db),
		Paused: p.unasked, Retries: p.declared.Order, Logger: p.cfg.Log,
	})
	if err != nil {
		return err
	}
	return p.startService(ctx, "catchup", asking)
}

// unasked says why a source is not asked about an entity now: it is not called, or what
// it sends of it is not taken.
func (p *Program) unasked(source, entity string) error {
	for _, what := range []models.Pausable{
		{Kind: models.PauseTarget, Name: models.TargetERP}, {Kind: models.PauseSource, Name: source},
		{Kind: models.PauseFlow, Name: models.FlowName(source, entity)},
	} {
		if pause, paused := p.pauses.Of(what.Kind, what.Name); paused {
			return models.Errorf(models.CodePrecondition, "%s", pause.Sentence())
		}
	}
	return nil
}
