package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// parkedGrowth is PLT-02: ever more events are parked, for more than one cause.
// Those of one cause are told of by its own exception.
type parkedGrowth struct {
	conditions interface {
		ParkedGrowth(ctx context.Context, now time.Time, window time.Duration) (store.ParkedGrowth, error)
	}
	windows Windows
}

const (
	growthWindow = time.Hour // real
	manyParked   = 20        // in a window, below which it is not worth a look
)

func (parkedGrowth) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionParkedGrowth}
}

func (d parkedGrowth) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	g, err := d.conditions.ParkedGrowth(ctx, l.Real, growthWindow)
	if err != nil || g.Now < manyParked || g.Now <= g.Before || g.Causes < 2 {
		return nil, err
	}
	return []models.Signal{{
		Code: models.ExceptionParkedGrowth, Key: "all", Occurrences: int(min(g.Now, 1<<30)),
		Title: "Ever more events are parked",
		Happened: fmt.Sprintf("%s of %s were parked within the hour and still are; of those of the hour before, %d are left. One change upstream may be behind them all.",
			capital(plural(g.Now, "event")), plural(g.Causes, "cause"), g.Before),
		Risk: models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(g.Since, d.windows.Soon)},
	}}, nil
}
