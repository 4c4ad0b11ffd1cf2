package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// renewAhead is how long before its expiry, in real time, a key has to be replaced.
const renewAhead = 14 * 24 * time.Hour

// keyExpiring is API-02: a source will soon be refused, or is, since its API key
// expires and no other takes its place.
type keyExpiring struct {
	conditions interface {
		ExpiringKeys(ctx context.Context, by, now time.Time) ([]store.ExpiringKey, error)
	}
}

func (keyExpiring) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionAccess}
}

func (d keyExpiring) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	keys, err := d.conditions.ExpiringKeys(ctx, l.Real.Add(renewAhead), l.Real)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, k := range keys {
		at := k.ExpiresAt.UTC().Format("2 Jan 2006 at 15:04 UTC")
		s := models.Signal{
			Code: models.ExceptionAccess, Key: k.Source + "|" + k.Prefix,
			Title: fmt.Sprintf("The API key of %s expires on %s", k.Source, k.ExpiresAt.UTC().Format("2 Jan")),
			Happened: fmt.Sprintf("The key %s… is honoured until %s. From then on %s is refused, and no other key of it is for the same.",
				k.Prefix, at, k.Source),
			Subject: models.ExceptionSubject{Source: k.Source},
			Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(k.ExpiresAt, 0)},
		}
		if !l.Real.Before(k.ExpiresAt) {
			if k.Sends {
				s.Key = "refused|" + s.Key
			}
			s.Title = fmt.Sprintf("The API key of %s has expired", k.Source)
			s.Happened = fmt.Sprintf("The key %s… expired on %s. What %s sends or asks with it is refused, and no other key of it is for the same.", k.Prefix, at, k.Source)
			s.Risk.AtLeast = models.ConsequenceStop
		}
		signals = append(signals, s)
	}
	return signals, nil
}
