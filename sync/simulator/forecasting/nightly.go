package forecasting

import (
	"context"
	"time"
)

// advanceNight imports what came before a night and closes the days that have
// ended by it, once. The caller holds the lock.
func (f *Forecasting) advanceNight(ctx context.Context, night time.Time) error {
	if !night.After(f.ran) {
		return nil
	}
	if err := f.cfg.Inbox.Import(ctx, night, f.receive); err != nil {
		return err
	}
	for _, dc := range f.cfg.Data.DCs {
		if err := f.closeDays(ctx, dc.Code, night); err != nil {
			return err
		}
	}
	if ctx.Err() == nil {
		f.ran = night
	}
	return nil
}

// Ran is the business time of the newest night whose forecasts are complete, so
// that they may be written to a file; zero before the first.
func (f *Forecasting) Ran() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ran
}
