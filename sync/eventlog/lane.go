package eventlog

import (
	"context"
	"sync"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/service"
)

// lane gathers submissions and commits them, one batch after the other.
type lane struct {
	cfg  Config
	name models.Lane
	loop *service.Loop

	mu         sync.Mutex
	waiting    fairQueue
	committing []*submission
	turnedAway map[string]time.Time // when a source's request last had no room
	closed     bool
}

// submission is one caller's entries. The lane fills outcomes or err, then closes done.
type submission struct {
	entries  []store.Entry
	bytes    int
	at       time.Time // when it came
	outcomes []Outcome
	err      error
	done     chan struct{}
}

// source is whose entries they are: a request is of one source.
func (s *submission) source() string {
	if len(s.entries) == 0 {
		return ""
	}
	return s.entries[0].Source
}

func (s *submission) finish(err error) {
	s.err = err
	close(s.done)
}

func newLane(cfg Config, name models.Lane) (*lane, error) {
	l := &lane{cfg: cfg, name: name, turnedAway: map[string]time.Time{}}
	var err error
	l.loop, err = service.New(service.Config{
		Name:       "append " + string(name),
		RunOnce:    l.runOnce,
		Poll:       time.Minute, // every submission wakes it
		BackoffMax: 500 * time.Millisecond,
		Logger:     cfg.Logger,
	})
	return l, err
}

func (l *lane) append(ctx context.Context, entries []store.Entry) ([]Outcome, error) {
	s := &submission{entries: entries, bytes: size(entries), at: time.Now(), done: make(chan struct{})}
	if err := l.submit(s); err != nil {
		return nil, err
	}
	l.loop.Wake()
	select {
	case <-s.done:
		return s.outcomes, s.err
	case <-ctx.Done():
		return nil, models.Wrap(models.CodeUnavailable, ctx.Err(),
			"The request ended before its events were stored. Send them again: what was stored meanwhile counts as a duplicate.")
	}
}

func (l *lane) submit(s *submission) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return errStopping()
	case !l.waiting.fits(s, l.cfg.MaxQueue, l.cfg.MaxQueueBytes):
		l.turnedAway[s.source()] = s.at
		return errFull(l.name, s.source(), l.waiting.events)
	}
	l.waiting.push(s)
	return nil
}

// take removes the next batch from the queue.
func (l *lane) take() (batch []*submission, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch = l.waiting.take(l.cfg.MaxBatch, l.cfg.MaxBatchBytes)
	l.committing = batch
	return batch, len(l.waiting.turns) > 0
}

// committed says that what was taken waits no longer.
func (l *lane) committed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.committing = nil
}

func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

func (l *lane) failWaiting(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.waiting.drain() {
		s.finish(err)
	}
}

// size estimates what an entry costs in memory and on the wire.
func size(entries []store.Entry) int {
	const fixed = 256
	n := len(entries) * fixed
	for i := range entries {
		n += len(entries[i].Data) + len(entries[i].Extensions)
	}
	return n
}
