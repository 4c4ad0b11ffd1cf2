package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"throughline/models"
	"throughline/sync/simulator/fault"
)

// score is what the run says about one kind.
type score struct {
	injected, found, missed, hidden int
	alarms, explained, wrong        int
	took                            []time.Duration
}

// recall is of what was injected and could be seen; 1 where nothing was.
func (s *score) recall() float64 { return share(s.found, s.found+s.missed) }

// precision is of the alarms that no other fault explains.
func (s *score) precision() float64 { return share(s.alarms-s.explained-s.wrong, s.alarms-s.explained) }

func share(part, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(part) / float64(of)
}

func (s *score) percentile(p int) time.Duration {
	if len(s.took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.took))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}

// scores are by kind, with a line for each thing that did not come out as it should.
type scores struct {
	kinds map[models.ExceptionCode]*score
	lines []string
	// details are of what came out as it should.
	details []string
}

// notScored are the kinds that no fault of the systems is injected for, and why.
func notScored() map[models.ExceptionCode]string {
	return map[models.ExceptionCode]string{
		models.ExceptionPoison:       "tells of what is set aside for a reason that no other kind has; no source can bring that about through its own door",
		models.ExceptionHealsFailing: "needs a figure that is read or delivered again three times in a row and does not stay, at comparisons a minute apart; the outages here leave no five minutes for that",
	}
}

// followsTrade are the kinds that ordinary trade raises too: whether a stockout that
// nobody injected was told rightly shows when a lead time has passed in which nobody
// acted, and then says as much of the forecast as of the tower.
func followsTrade(code models.ExceptionCode) bool {
	return code == models.ExceptionStockout
}

// supplierSaid tells of an alarm of a supplier's own word, which is trade too; the
// rest of its kind is scored.
func supplierSaid(a *alarm) bool {
	return a.Code == models.ExceptionLateInbound && strings.HasSuffix(a.Key, "|word")
}

// judge matches both sides, each alarm and each expectation on its own.
func judge(w *witness, log []fault.Entry, day time.Duration) *scores {
	s := &scores{kinds: map[models.ExceptionCode]*score{}}
	for _, k := range models.ExceptionKinds() {
		s.kinds[k.Code] = &score{}
	}
	wanted := expected(w, log, day)
	for _, e := range wanted {
		s.expect(w, log, e)
	}
	for _, a := range w.alarms {
		s.alarm(w, wanted, log, a)
	}
	return s
}

func (s *scores) expect(w *witness, log []fault.Entry, e *expectation) {
	if e.until.Before(w.broken) {
		return // it was over before the series began
	}
	k := s.kinds[e.code]
	k.injected++
	first := time.Time{}
	for _, a := range w.alarms {
		if at, ok := e.seen(a); ok && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	outcome := "missed"
	switch {
	case !first.IsZero():
		k.found++
		k.took = append(k.took, max(0, first.Sub(later(e.due, e.from))))
		s.details = append(s.details, fmt.Sprintf("found %s: %s of %s from %s at %s", e.code, e.cause, e.subject,
			e.from.Format(time.TimeOnly), first.Format(time.TimeOnly)))
		return
	case e.brief, hides(log, e):
		outcome = "hidden"
		k.hidden++
	default:
		k.missed++
	}
	s.lines = append(s.lines, fmt.Sprintf("%s %s: %s of %s from %s for %s", outcome, e.code, e.cause, e.subject,
		e.from.Format(time.TimeOnly), e.until.Sub(e.from).Round(time.Second)))
}

func (s *scores) alarm(w *witness, wanted []*expectation, log []fault.Entry, a *alarm) {
	k := s.kinds[a.Code]
	k.alarms++
	for _, e := range wanted {
		if e.mine(a) && !a.until.Before(e.from) && !a.at.After(e.until.Add(allow)) {
			return
		}
	}
	if followsTrade(a.Code) {
		k.explained++
		return
	}
	if supplierSaid(a) {
		return
	}
	line := fmt.Sprintf("%s at %s until %s: %s", a.Key, a.at.Format(time.TimeOnly), a.until.Format(time.TimeOnly), a.Title)
	why := ""
	if c, ok := explains(log, a); ok {
		why = c.fault
	} else if w.stale.overtook(a) {
		why = "a newer revision or recommendation"
	}
	if why != "" {
		k.explained++
		s.details = append(s.details, "explained by "+why+" "+line)
		return
	}
	k.wrong++
	s.lines = append(s.lines, "false alarm "+line)
}

// tell lists everything, for whoever looks for a cause.
func (s *scores) tell(out io.Writer) {
	for _, line := range append(s.details, s.lines...) {
		_, _ = fmt.Fprintln(out, line)
	}
}
