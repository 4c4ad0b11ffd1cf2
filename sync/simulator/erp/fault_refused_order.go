package erp

import (
	"context"
	"errors"
	"log/slog"

	"throughline/sync/simulator/fault"
)

func (e *ERP) breakOrdering(context.Context) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refuseNext = true
	return nextOrder, nil
}

// refuseBlocked refuses, once, an order that somebody else asked for. The
// caller holds the lock.
func (e *ERP) refuseBlocked(reference, item string) error {
	if !e.refuseNext || reference == "" {
		return nil
	}
	e.refuseNext = false
	return refuse(codeBlocked, "%s is blocked for purchasing", item)
}

const codeBlocked = "item_blocked"

// strike tells the board which order a fault that lay in wait has hit.
func (e *ERP) strike(ctx context.Context, name, reference string) {
	if err := e.cfg.Board.Struck(context.WithoutCancel(ctx), name, reference); err != nil {
		e.cfg.Logger.WarnContext(ctx, "what a fault hit is not in its log", slog.String("fault", name), slog.Any("error", err))
	}
}

// struckRefusal tells the board of a refusal that was a fault.
func (e *ERP) struckRefusal(ctx context.Context, err error, reference string) {
	if refusal, ok := errors.AsType[*businessRefusal](err); ok && refusal.Code == codeBlocked {
		e.strike(ctx, fault.RefusedOrder, reference)
	}
}
