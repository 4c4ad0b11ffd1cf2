package eventlog

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"throughline/models"
	"throughline/sync/service"
)

const (
	// fullFor is how long a queue counts as full after it has turned a request
	// away: longer than the pause that its sender was asked for.
	fullFor = 5 * time.Second
	// notedFrom is from what age on what waits is noted. It is longer than a commit
	// takes, so that an intake that keeps up costs the database nothing.
	notedFrom = time.Second
	notePoll  = time.Second
	noteLimit = 5 * time.Second
)

// Queues says what each source has waiting at now for its commit, the one under
// way included, and whose requests had no room of late; by source.
func (a *Appender) Queues(now time.Time) []models.IntakeQueue {
	all := map[string]models.IntakeQueue{}
	a.realtime.gather(all, now)
	a.bulk.gather(all, now)
	return slices.SortedFunc(maps.Values(all), func(a, b models.IntakeQueue) int { return cmp.Compare(a.Source, b.Source) })
}

func (l *lane) gather(all map[string]models.IntakeQueue, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := func(s *submission) {
		q := all[s.source()]
		q.Source, q.Events, q.Age = s.source(), q.Events+len(s.entries), max(q.Age, now.Sub(s.at))
		all[q.Source] = q
	}
	for _, s := range l.committing {
		count(s)
	}
	for _, own := range l.waiting.turns {
		for _, s := range own.waiting {
			count(s)
		}
	}
	for source, at := range l.turnedAway {
		if now.Sub(at) > fullFor {
			delete(l.turnedAway, source)
			continue
		}
		q := all[source]
		q.Source, q.Full = source, true
		all[source] = q
	}
}

// QueueStore keeps what a QueueRecorder saw.
type QueueStore interface {
	Note(ctx context.Context, process uuid.UUID, queues []models.IntakeQueue) error
}

// QueueRecorder notes about once a second what has waited in front of the log for
// longer than a commit takes, for whoever looks from another process.
type QueueRecorder struct {
	*service.Loop
	appender *Appender
	store    QueueStore
	process  uuid.UUID
	noted    bool // something stands in the store
}

// NewQueueRecorder makes a QueueRecorder of an appender that has not started.
func NewQueueRecorder(appender *Appender, store QueueStore, logger *slog.Logger) (*QueueRecorder, error) {
	r := &QueueRecorder{appender: appender, store: store, process: uuid.New()}
	var err error
	r.Loop, err = service.New(service.Config{Name: "intake queues", RunOnce: r.runOnce, Poll: notePoll, Logger: logger})
	return r, err
}

func (r *QueueRecorder) runOnce(ctx context.Context) (more bool, err error) {
	queues := slices.DeleteFunc(r.appender.Queues(time.Now()), func(q models.IntakeQueue) bool { return !q.Full && q.Age < notedFrom })
	if len(queues) == 0 && !r.noted {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, noteLimit)
	defer cancel()
	if err := r.store.Note(ctx, r.process, queues); err != nil {
		return false, err
	}
	r.noted = len(queues) > 0
	return false, nil
}
