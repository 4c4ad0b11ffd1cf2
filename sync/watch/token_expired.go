package watch

import (
	"context"
	"fmt"
	"strings"

	"throughline/models"
)

// tokenExpired is API-09: a consumer polls on from where the changes are no longer
// kept, and has not begun anew.
type tokenExpired struct {
	polls interface {
		Consumers(ctx context.Context) ([]models.PollingConsumer, error)
	}
	windows Windows
}

func (tokenExpired) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionTokenExpired}
}

func (d tokenExpired) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	all, err := d.polls.Consumers(ctx)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, c := range all {
		if c.GoneAt != nil {
			signals = append(signals, d.signal(c, l))
		}
	}
	return signals, nil
}

func (d tokenExpired) signal(c models.PollingConsumer, l Look) models.Signal {
	without, last := *c.GoneAt, "It has not read anything before."
	if c.PolledAt != nil {
		without, last = *c.PolledAt, fmt.Sprintf("It last read at %s.", models.Instant(*c.PolledAt))
	}
	next := "It has nothing newer until it reads the export again and goes on from its token."
	if c.Exported {
		next = "It has read the export again and has not gone on from its token yet."
	}
	s := models.Signal{
		Code: models.ExceptionTokenExpired, Key: strings.Join([]string{c.Source, c.Prefix, c.Entities, c.DCs}, "|"),
		Title: fmt.Sprintf("The delta token of %s has expired", c.Source),
		Happened: fmt.Sprintf("%s asks for the changes of %s with the key %s… and a token after which they are no longer kept; since %s it is answered 410. %s %s",
			models.SourceName(c.Source), c.Reads(), c.Prefix, models.Instant(*c.GoneAt), last, next),
		Subject: models.ExceptionSubject{Source: c.Source},
		Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(*c.GoneAt, d.windows.Soon)},
	}
	if l.Real.Sub(without) > d.windows.Polled {
		s.Risk.AtLeast = models.ConsequenceSerious
	}
	return s
}
