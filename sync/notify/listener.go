package notify

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// ListenerConfig says where hints come from.
type ListenerConfig struct {
	Hints  *store.Hints
	Retry  time.Duration // between attempts to hear again, and the poll meanwhile; default 1 s
	Logger *slog.Logger  // default slog.Default
}

// Validate fills in defaults and refuses what cannot work.
func (c *ListenerConfig) Validate() error {
	if c.Hints == nil {
		return errors.New("notify: the listener needs a place where hints come from")
	}
	if c.Retry == 0 {
		c.Retry = time.Second
	}
	if c.Retry < 0 {
		return errors.New("notify: the wait between attempts must be positive")
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return nil
}

// Listener hears the hints of all processes.
type Listener struct {
	cfg ListenerConfig
}

// NewListener makes a Listener.
func NewListener(cfg ListenerConfig) (*Listener, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Listener{cfg: cfg}, nil
}

// hintQueue is how many hints wait for a slow reader before they become one Resync.
const hintQueue = 64

// Listen delivers hints until ctx ends, then closes the channel. The first is a
// Resync, as is the first after every gap: a lost connection, or a reader that
// was too slow. While the connection is lost, a poll says that something changed.
func (l *Listener) Listen(ctx context.Context) <-chan models.Hint {
	out := make(chan models.Hint, hintQueue)
	go l.run(ctx, &mailbox{out: out})
	return out
}

func (l *Listener) run(ctx context.Context, box *mailbox) {
	defer close(box.out)
	var last int64
	deaf := false
	for ctx.Err() == nil {
		heard := func(h models.Hint) {
			last = max(last, h.Seq)
			box.put(h)
		}
		err := l.cfg.Hints.Listen(ctx, func() {
			deaf = false
			box.put(models.Hint{Seq: last, Resync: true})
		}, heard)
		if ctx.Err() != nil {
			return
		}
		if !deaf {
			l.cfg.Logger.WarnContext(ctx, "hints are not heard, polling instead", slog.Any("error", err))
		}
		deaf = true
		pause(ctx, l.cfg.Retry)
		last = l.poll(ctx, last, box)
	}
}

// poll stands in for hearing: a number that moved means that something changed.
func (l *Listener) poll(ctx context.Context, last int64, box *mailbox) int64 {
	ctx, cancel := context.WithTimeout(ctx, queryLimit)
	defer cancel()
	seq, err := l.cfg.Hints.Last(ctx)
	if err != nil || seq <= last {
		return last
	}
	box.put(models.Hint{Seq: seq, Resync: true})
	return seq
}

// mailbox never blocks the connection that hears: hints that do not fit are
// replaced by one Resync. One goroutine puts.
type mailbox struct{ out chan models.Hint }

func (b *mailbox) put(h models.Hint) {
	select {
	case b.out <- h:
		return
	default:
	}
	for {
		select {
		case <-b.out:
		case b.out <- models.Hint{Seq: h.Seq, Resync: true}:
			return
		}
	}
}
