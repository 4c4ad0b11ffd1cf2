package watch

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"throughline/models"
)

// blindAfter is how long a look may fail before somebody is told: a lock or a
// restart of the database passes sooner.
const blindAfter = time.Minute

// sight knows which looks fail, by the first of their codes. Whoever sweeps
// holds the watch's lock.
type sight struct {
	failing map[models.ExceptionCode]failure
}

type failure struct {
	codes []models.ExceptionCode
	since time.Time
}

// note takes down how a look ended, and logs the first and the last of a row of
// failures.
func (s *sight) note(ctx context.Context, codes []models.ExceptionCode, now time.Time, err error, log *slog.Logger) {
	_, failed := s.failing[codes[0]]
	switch {
	case err != nil && !failed:
		s.failing[codes[0]] = failure{codes, now}
		log.WarnContext(ctx, "a look fails; what it saw before stands until it can look again", slog.Any("codes", codes), slog.Any("error", err))
	case err == nil && failed:
		delete(s.failing, codes[0])
		log.InfoContext(ctx, "a look that failed can look again", slog.Any("codes", codes))
	}
}

// blinkered says that this process has not looked for long enough to know that
// every look works: it does not take for mended what another one found failing.
func (w *Watch) blinkered(now time.Time) bool { return now.Sub(w.started) < blindAfter }

// blind is PLT-03: a look fails, so its exceptions neither open nor close. All
// else goes on, which is why the tower stays ready.
type blind struct{ sight *sight }

func (blind) Codes() []models.ExceptionCode { return []models.ExceptionCode{models.ExceptionBlind} }

func (d blind) Detect(_ context.Context, l Look) ([]models.Signal, error) {
	var signals []models.Signal
	for first, f := range d.sight.failing {
		if l.Real.Sub(f.since) < blindAfter {
			continue
		}
		var names []string
		for _, code := range f.codes {
			kind, _ := code.Kind()
			names = append(names, "“"+kind.Name+"”")
		}
		signals = append(signals, models.Signal{
			Code: models.ExceptionBlind, Key: string(first), Title: "Nobody looks for " + strings.Join(names, " and "),
			Happened: fmt.Sprintf("The look has failed for %s; the log of the tower says why. What it saw before stays open and nothing new of this kind is seen.", ago(l.Real.Sub(f.since))),
			Risk:     models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(f.since, time.Hour)},
		})
	}
	slices.SortFunc(signals, func(a, b models.Signal) int { return strings.Compare(a.Key, b.Key) })
	return signals, nil
}
