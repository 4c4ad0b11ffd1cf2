package reconcile

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"throughline/models"
	"throughline/sync/service"
)

// actorSchedule is who asks for the runs that nobody asked for.
const actorSchedule = "schedule"

// calendarPoll bounds how long after a calendar opens a comparison begins.
const calendarPoll = time.Minute

// longestBackoff bounds how long after failures an ask has to wait.
const longestBackoff = 5 * time.Minute

// backoff is how long after a first failure a comparison is made again, a twelfth of
// the usual wait up to half a minute, and how long at most after further ones: each try
// is a run on the page, and an owner that is down stays so for a while.
func backoff(poll time.Duration) (first, longest time.Duration) {
	longest = max(min(poll, longestBackoff), time.Second)
	return min(max(poll/12, time.Second), longest, longestBackoff/10), longest
}

// schedule has one source compared when that is due, or when somebody asks. Each
// source has a loop of its own, so that a run which takes long, or which fails and
// is tried again, concerns no other.
type schedule struct {
	reconciler *Reconciler
	of         models.Comparison
	source     string
	loop       *service.Loop
	next       time.Time              // when it is due; only the loop uses it
	again      *time.Timer            // looks whether a pause is over; only the loop uses it
	asked      atomic.Pointer[string] // who asked for a run that has not begun
}

func newSchedule(r *Reconciler, of models.Comparison, source string) (*schedule, error) {
	s := &schedule{reconciler: r, of: of, source: source}
	first, longest := backoff(s.poll())
	loop, err := service.New(service.Config{
		Name: "reconcile " + source, RunOnce: s.once, Poll: s.poll(), Logger: r.cfg.Logger,
		BackoffMin: first, BackoffMax: longest,
	})
	s.loop = loop
	return s, err
}

// poll is how often it is looked whether the comparison is due.
func (s *schedule) poll() time.Duration {
	if s.of.Calendar != nil {
		return min(s.of.Every, calendarPoll)
	}
	return s.of.Every
}

// plan sets when the comparison is due next. Polls are spread by a fifth, and the
// one that comes about then must not be left out for being early.
func (s *schedule) plan() {
	s.next = s.of.Calendar.DueAfter(s.reconciler.cfg.Now(), s.of.Every).Add(-s.poll() / 4)
}

func (s *schedule) ask(actor string) {
	s.asked.Store(&actor)
	s.loop.Wake()
}

// once makes the run that somebody asked for and the one that is due; both wait for
// the end of a pause. After a failure the loop tries again by its own waits.
func (s *schedule) once(ctx context.Context) (more bool, err error) {
	if s.paused() {
		s.putOff()
		return false, nil
	}
	if actor := s.asked.Swap(nil); actor != nil {
		_, err := s.reconciler.RunNow(ctx, s.source, *actor)
		if err != nil && s.paused() { // it began in between
			s.asked.CompareAndSwap(nil, actor)
			s.putOff()
			return false, nil
		}
		if err != nil { // its run says so on the page
			s.reconciler.cfg.Logger.WarnContext(ctx, "a comparison that was asked for failed", slog.String("source", s.source), slog.Any("error", err))
		}
	}
	now := s.reconciler.cfg.Now()
	if open, _ := s.of.Calendar.Open(now); !open || now.Before(s.next) {
		return false, nil
	}
	_, err = s.reconciler.RunNow(ctx, s.source, actorSchedule)
	if err != nil && models.CodeOf(err) != models.CodeConflict { // somebody's run serves as well
		return false, err
	}
	s.plan()
	return false, nil
}

// paused reports whether a person has stopped what the comparison needs.
func (s *schedule) paused() bool { return s.reconciler.cfg.Paused(s.source) != nil }

// putOff has the loop look again a window later: by then what was kept back during
// a pause is on its way.
func (s *schedule) putOff() {
	if s.again == nil {
		s.again = time.AfterFunc(s.reconciler.cfg.Window, s.loop.Wake)
		return
	}
	s.again.Reset(s.reconciler.cfg.Window)
}
