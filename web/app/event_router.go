package app

import (
	"context"

	"throughline/models"
	"throughline/models/store"
)

// eventRouter hands on the exception of an event, and has it raised first when
// the watch has not looked since the event was parked.
type eventRouter struct{ p *Program }

// RouteEvent hands the exception on; CodePrecondition when none is raised for such an event yet.
func (r eventRouter) RouteEvent(ctx context.Context, to models.EventRoute) (models.Exception, error) {
	exceptions := store.NewExceptions(r.p.db)
	routed, err := exceptions.Route(ctx, to, r.p.clocks())
	if models.CodeOf(err) != models.CodeNotFound {
		return routed, err
	}
	for _, code := range []models.ExceptionCode{models.ExceptionPoison, models.ExceptionUnknownReference} {
		if err := r.p.watcher.Look(ctx, code); err != nil {
			return models.Exception{}, err
		}
	}
	routed, err = exceptions.Route(ctx, to, r.p.clocks())
	if models.CodeOf(err) == models.CodeNotFound {
		return routed, models.Errorf(models.CodePrecondition, "No exception stands for event %d: it is settled, or has waited only a moment. Try again shortly.", to.Seq)
	}
	return routed, err
}
