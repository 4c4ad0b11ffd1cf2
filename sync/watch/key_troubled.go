package watch

import (
	"context"
	"slices"
	"time"

	"throughline/models"
)

// keyTroubled is what goes wrong with API keys at the door: API-03 of a source
// that brings more than its quota, API-02 of one whose key is not honoured. One
// look tells both, so that neither closes on a call that the other has not seen.
type keyTroubled struct {
	troubles interface {
		Since(ctx context.Context, after, now time.Time) ([]models.KeyTrouble, error)
	}
	windows Windows
}

// Codes are those of both.
func (keyTroubled) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionRateLimited, models.ExceptionAccess}
}

func (d keyTroubled) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	all, err := d.troubles.Since(ctx, l.Real.Add(-max(models.CredentialPause, d.windows.TurnedAway)), l.Real)
	if err != nil {
		return nil, err
	}
	last := slices.DeleteFunc(all, func(t models.KeyTrouble) bool { return t.Over(l.Real) })
	return append(quotaUsed{d.windows}.signals(last, l), keyRefused{d.windows}.signals(last, l)...), nil
}
