package replenishment

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"throughline/models"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/webhook"
)

const (
	// stuckFor is the real time that the faults last by themselves.
	stuckFor = 3 * time.Minute
	// busyPause is what a busy engine asks for.
	busyPause = 10 * time.Second
)

func (e *Engine) registerFaults() {
	e.cfg.Board.Register(
		fault.Fault{Name: fault.StuckEngine, Duration: stuckFor,
			Description: "Replenishment takes everything in and evaluates nothing for three minutes."},
		fault.Fault{Name: fault.RefusedDeliveries, Duration: stuckFor,
			Description: "Replenishment refuses every delivery for three minutes."},
		fault.Fault{Name: fault.RefusedEvent, Break: e.breakTaking,
			Description: "Replenishment refuses the next supplier's confirmation for good."},
		fault.Fault{Name: fault.BusyTarget, Duration: stuckFor,
			Description: "Replenishment asks for a pause of ten seconds at every delivery, for three minutes."},
	)
}

func (e *Engine) breakTaking(context.Context) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refuseNext = true
	return "the next confirmation", nil
}

// refusal is the error for a delivery with an event that is refused for good,
// which the first confirmation after a break becomes; nil for any other. It is a
// confirmation, since no stock is wrong without one.
func (e *Engine) refusal(ctx context.Context, events []webhook.Event) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if i := slices.IndexFunc(events, func(event webhook.Event) bool {
		return event.Type == models.TypeConfirmation && !e.refused[event.ID]
	}); e.refuseNext && i >= 0 {
		e.refuseNext, e.refused[events[i].ID] = false, true
		if err := e.cfg.Board.Struck(ctx, fault.RefusedEvent, events[i].Subject); err != nil {
			e.cfg.Logger.WarnContext(ctx, "what a fault hit is not in its log", slog.String("fault", fault.RefusedEvent), slog.Any("error", err))
		}
	}
	for _, event := range events {
		if e.refused[event.ID] {
			return webhook.Refusal("the confirmation of " + event.Subject + " names a promise that this engine cannot plan with")
		}
	}
	return nil
}
