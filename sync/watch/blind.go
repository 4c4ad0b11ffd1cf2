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

// blindAfter is how long a look may not work before somebody is told: a lock or a
// restart of the database passes sooner.
const blindAfter = time.Minute

// sight knows which looks of this process fail and which have worked of late, by
// the first of their codes. Whoever sweeps holds the watch's lock.
type sight struct {
	failing map[models.ExceptionCode][]models.ExceptionCode // all codes of the look
	worked  []models.ExceptionCode                          // not yet told to the other processes
}

// note takes down how a look ended, and logs the first and the last of a row of
// failures.
func (s *sight) note(ctx context.Context, codes []models.ExceptionCode, err error, log *slog.Logger) {
	_, failed := s.failing[codes[0]]
	if err == nil {
		s.worked = append(s.worked, codes[0])
	}
	switch {
	case err != nil && !failed:
		s.failing[codes[0]] = codes
		log.WarnContext(ctx, "a look fails; what it saw before stands until it can look again", slog.Any("codes", codes), slog.Any("error", err))
	case err == nil && failed:
		delete(s.failing, codes[0])
		log.InfoContext(ctx, "a look that failed can look again", slog.Any("codes", codes))
	}
}

// blinkered says that this process has not looked for long enough to know that
// every look works: it does not take for mended what another one found failing.
func (w *Watch) blinkered(now time.Time) bool { return now.Sub(w.started) < blindAfter }

// blind is PLT-03 of the watch itself: a look fails in every process, so its exceptions neither open
// nor close. All else goes on, which is why the tower stays ready. A process that
// cannot look where another can says so in its log only.
type blind struct {
	sight *sight
	looks interface {
		Worked(ctx context.Context, looks []models.ExceptionCode, at time.Time) (map[models.ExceptionCode]time.Time, error)
	}
}

func (blind) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionTowerUnwell}
}

func (d blind) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	worked, err := d.looks.Worked(ctx, d.sight.worked, l.Real)
	if err != nil {
		return nil, err
	}
	d.sight.worked = nil
	var signals []models.Signal
	for look, codes := range d.sight.failing {
		last := worked[look]
		if last.Before(l.Started) {
			last = l.Started
		}
		if l.Real.Sub(last) < blindAfter {
			continue
		}
		var names []string
		for _, code := range codes {
			kind, _ := code.Kind()
			names = append(names, "“"+kind.Name+"”")
		}
		signals = append(signals, models.Signal{
			Code: models.ExceptionTowerUnwell, Key: string(look), Title: "Nobody looks for " + strings.Join(names, " and "),
			Happened: fmt.Sprintf("The look has not worked for %s; the log of the tower says why. What it saw before stays open and nothing new of this kind is seen.", ago(l.Real.Sub(last))),
			Risk:     models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(last, time.Hour)},
		})
	}
	slices.SortFunc(signals, func(a, b models.Signal) int { return strings.Compare(a.Key, b.Key) })
	return signals, nil
}
