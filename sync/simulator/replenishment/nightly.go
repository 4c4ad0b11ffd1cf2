package replenishment

import (
	"context"
	"time"
)

// advanceNight imports what came before a night and looks at everything that
// is due on its day, once.
func (e *Engine) advanceNight(ctx context.Context, night time.Time) error {
	if !night.After(e.Ran()) {
		return nil
	}
	if err := e.cfg.Inbox.Import(ctx, night, e.learn); err != nil {
		return err
	}
	err := e.evaluateDue(ctx, func(time.Time) int { return minutesOfDay })
	if err != nil || ctx.Err() != nil {
		return err
	}
	e.mu.Lock()
	e.ran = night
	e.mu.Unlock()
	return nil
}

// Ran is the business time of the newest night whose run is complete, so that
// it may be written to a file; zero before the first.
func (e *Engine) Ran() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ran
}
