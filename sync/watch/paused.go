package watch

import (
	"time"

	"throughline/models"
)

// paused is the pause that somebody set on a source, flow, lane or target, nil when
// nobody did.
func (l Look) paused(kind models.PauseKind, name string) *models.Pause {
	for i, p := range l.Pauses {
		if p.Kind == kind && p.Name == name {
			return &l.Pauses[i]
		}
	}
	return nil
}

// silentSince is when the silence of a source, or of an entity of it, becomes late.
// While it was asked to send nothing it owed nothing, so its window begins anew with
// the end of a pause. A pause of what was late before excuses nothing: else to mend a
// source and resume it would close its exception although nothing came.
func (l Look) silentSince(heard time.Time, source, entity string, window time.Duration, calendar *models.Calendar) time.Time {
	late := l.LateSince(heard, window, calendar)
	for _, p := range l.Ended {
		if stops(p, source, entity) && p.Since.Before(late) {
			late = latest(late, l.LateSince(*p.Ends, window, calendar))
		}
	}
	return late
}

// stops reports whether a pause asks a source for nothing, or for nothing of an entity.
func stops(p models.Pause, source, entity string) bool {
	return p.Kind == models.PauseSource && p.Name == source || p.Kind == models.PauseFlow && p.Name == models.FlowName(source, entity)
}

// calmed is a signal about a source, or about an entity of it, that was paused on
// purpose: it stands, since what it says is true and decisions still stand on old
// figures, but it calls nobody.
func (l Look) calmed(s models.Signal, source, entity string) models.Signal {
	p := l.paused(models.PauseSource, source)
	if p == nil {
		p = l.paused(models.PauseFlow, models.FlowName(source, entity))
	}
	if p != nil {
		s.Title += " (paused)"
		s.Happened += " It was " + p.Words()
		s.Risk = models.Risk{AtLeast: models.ConsequenceEffect}
	}
	return s
}

// missed reports whether an order that waits for the end of a pause comes after
// the business time at which it has to leave. A pause without an end may last.
func (l Look) missed(orderBy time.Time, p *models.Pause) bool {
	if p.Ends == nil {
		return orderBy.Before(l.Business.Add(openPauseAllowance))
	}
	return orderBy.Before(l.Clock.At(*p.Ends))
}

// openPauseAllowance is how far ahead, in business time, an order is missed
// by a pause that has no end.
const openPauseAllowance = 12 * time.Hour
