package catchup

import (
	"context"
	"errors"
	"time"

	"throughline/models"
	"throughline/sync/connector"
)

// askedFor is for how long an asking keeps other processes from the same order: longer
// than a call takes. One that died meanwhile leaves it to another, which asks about the
// same transmission, so that the ERP makes one of both.
const askedFor = time.Minute

// transmitAgain has an order that nothing acknowledged transmitted once more, where
// that is due.
func (s *Service) transmitAgain(ctx context.Context) (more bool, err error) {
	var sources []string
	for name, source := range s.cfg.Sources {
		if source.Transmissions != nil && s.cfg.Paused(name, models.TypePurchaseOrder.Entity()) == nil {
			sources = append(sources, name)
		}
	}
	if len(sources) == 0 {
		return false, nil
	}
	order, found, err := s.cfg.Resends.Claim(ctx, sources, s.cfg.Now(), s.cfg.Unacknowledged, askedFor)
	if err != nil || !found {
		return false, err
	}
	name := order.Source
	if name == "" {
		name = sources[0]
	}
	at, failure := s.cfg.Sources[name].Transmissions.TransmitAgain(ctx, order.Number, order.TransmittedAt)
	if ctx.Err() != nil {
		return false, ctx.Err() // nobody knows whether it was heard; the next asking will tell
	}
	now := s.cfg.Now()
	if failure == nil {
		return true, s.cfg.Resends.Over(ctx, order, name+" transmitted it again at "+models.Instant(at)+".", &at, now)
	}
	if next, again := s.nextTry(failure, order.AskedAt, order.Attempts); again {
		return true, s.cfg.Resends.Again(ctx, order, notTransmitted(name, failure)+" It is asked again.", now, next)
	}
	return true, s.cfg.Resends.Over(ctx, order, notTransmitted(name, failure), nil, now)
}

// nextTry is when a call is made again that has failed so many times since an instant;
// false when it is not.
func (s *Service) nextTry(failure error, since time.Time, attempts int) (next time.Time, again bool) {
	policy, known := s.cfg.Retries[models.RetryClass(connector.ClassOf(failure))]
	if failure == nil || !known {
		return next, false
	}
	wait := policy.Wait(attempts)
	if failed, told := errors.AsType[*connector.Error](failure); told {
		wait = max(wait, failed.RetryAfter)
	}
	next = s.cfg.Now().Add(wait)
	return next, !policy.Over(since, next)
}

// notTransmitted is why an order was not transmitted again, in words.
func notTransmitted(name string, failure error) string {
	failed, told := errors.AsType[*connector.Error](failure)
	switch {
	case told && failed.Code == connector.CodeNotFound:
		return name + " cannot be asked to transmit an order again: it offers no such call."
	case told && failed.Class == connector.ClassPermanent:
		return name + " did not transmit it again: " + failed.Message
	case told:
		return name + " cannot be asked: " + failed.Message
	default:
		return name + " cannot be asked now."
	}
}
