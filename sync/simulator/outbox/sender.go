package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
)

const (
	batchSize   = 500
	remembered  = 200 // sent messages kept for Resend
	fewOfAType  = 3   // sent messages of a type kept for LeaveOut
	defaultPoll = 200 * time.Millisecond
	postTimeout = 30 * time.Second
	backoffMin  = 200 * time.Millisecond
	backoffMax  = 5 * time.Second
)

// Hold says what may not be sent at the moment.
type Hold struct {
	All bool
	DCs []string
}

// Config of a Sender.
type Config struct {
	Source   string // the tower's name of this system
	TowerURL string // base address
	Key      string // API key
	Software string // what it names itself as, with its version; default throughline-simulator
	DB       *pgxpool.Pool
	Hold     func() Hold   // default: nothing is held
	Nightly  *Nightly      // nil sends what there is at once
	Poll     time.Duration // the longest wait for something to send; default 200 ms
	Window   time.Duration // of the events that a control total is about, real time; default and most 24 h
	Now      func() time.Time
	Logger   *slog.Logger
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Source == "" || c.TowerURL == "" || c.Key == "" || c.DB == nil {
		return errors.New("outbox: source, tower address, key and database are needed")
	}
	if c.Hold == nil {
		c.Hold = func() Hold { return Hold{} }
	}
	if c.Nightly != nil && (c.Nightly.Dir == "" || c.Nightly.Last == nil) {
		return errors.New("outbox: the nightly exchange needs a directory and its nights")
	}
	if c.Software == "" {
		c.Software = "throughline-simulator"
	}
	if c.Poll <= 0 {
		c.Poll = defaultPoll
	}
	if c.Window <= 0 || c.Window > models.MaxControlWindow {
		c.Window = models.MaxControlWindow
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.TowerURL = strings.TrimSuffix(c.TowerURL, "/")
	c.Logger = c.Logger.With(slog.String("source", c.Source))
	return nil
}

// Stats counts what the tower answered to each message, once.
type Stats struct{ Accepted, Duplicate, Rejected, Conflict int64 }

// Sender sends the outbox of one source, oldest first, one request at a time,
// until the tower has answered for each message. What the tower rejects is
// logged, counted and dropped. Its methods are safe for concurrent use, except
// that only one goroutine may be in Run or RunOnce.
type Sender struct {
	cfg      Config
	client   *http.Client
	instance string
	limit    int // messages a request, halved when the tower refuses the whole

	mu     sync.Mutex
	stats  Stats
	sent   []row            // the newest of what was sent
	newest map[string][]row // the few newest of each type that were taken, which rare ones keep when sent forgot them
	resend []row
	lost   []row           // counted and not sent
	reused map[string]bool // ids that were sent with two contents

	paused map[string]time.Time // types that the tower takes later, and when

	totalsDue time.Time // when to look for totals to state
}

// NewSender makes a Sender for a database that simdb.Open prepared.
func NewSender(ctx context.Context, cfg Config) (*Sender, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Sender{cfg: cfg, client: &http.Client{Timeout: postTimeout}, limit: batchSize, newest: make(map[string][]row), reused: make(map[string]bool), paused: make(map[string]time.Time)}
	err := cfg.DB.QueryRow(ctx, "SELECT value FROM state WHERE name = 'instance'").Scan(&s.instance)
	if err != nil {
		return nil, fmt.Errorf("outbox of %s: %w", cfg.Source, err)
	}
	return s, nil
}

// Stats is what the tower has answered so far.
func (s *Sender) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Resend sends the newest messages once more, as they were, and returns how
// many.
func (s *Sender) Resend() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resend = append(s.resend, s.sent...)
	return len(s.sent)
}

// Run sends until ctx ends.
func (s *Sender) Run(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		more, err := s.RunOnce(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if failures == 0 {
				s.cfg.Logger.WarnContext(ctx, "the tower takes no events", slog.Any("error", err))
			}
			failures++
			pause(ctx, waitAfter(err, failures))
			continue
		case failures > 0:
			s.cfg.Logger.InfoContext(ctx, "the tower takes events again", slog.Int("attempt", failures))
			failures = 0
		}
		if !more {
			pause(ctx, s.cfg.Poll)
		}
	}
}

// waitAfter is what the tower asked for, else doubles up to a cap, with
// jitter.
func waitAfter(err error, failures int) time.Duration {
	var refusal *refusal
	if errors.As(err, &refusal) && refusal.retryAfter > 0 {
		return refusal.retryAfter
	}
	wait := min(backoffMin<<min(failures-1, 10), backoffMax)
	return wait/2 + rand.N(wait)
}

func pause(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// RunOnce sends one batch, or the file of a night. more says that another may
// follow at once; an error that what was not settled must be sent again later.
func (s *Sender) RunOnce(ctx context.Context) (more bool, err error) {
	hold := s.cfg.Hold()
	if hold.All {
		return false, nil
	}
	if err := s.passLeftOut(ctx); err != nil {
		return false, err
	}
	if s.cfg.Nightly != nil {
		more, err = s.exchange(ctx, hold)
	} else {
		more, err = s.sendNext(ctx, hold)
	}
	if err != nil || more {
		return more, err
	}
	return false, s.stateTotals(ctx)
}

// sendNext sends the oldest messages that are not held.
func (s *Sender) sendNext(ctx context.Context, hold Hold) (more bool, err error) {
	if err := s.sendAgain(ctx); err != nil {
		return false, err
	}
	limit := s.limit
	rows, err := s.next(ctx, hold)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	settled, err := s.send(ctx, rows)
	return err == nil && (!settled || len(rows) == limit), err
}

// send posts rows as one request and settles them. Without an error and not
// settled they were too much at once: the next request must have fewer.
func (s *Sender) send(ctx context.Context, rows []row) (settled bool, err error) {
	results, err := s.post(ctx, rows)
	if s.tooMuch(err, len(rows)) {
		s.limit = len(rows) / 2
		return false, nil
	}
	if err != nil {
		return false, err
	}
	answered, results := s.keepPaused(rows, results)
	if err := s.settle(ctx, answered, results); err != nil {
		return false, err
	}
	s.count(ctx, answered, results)
	s.limit = min(s.limit*2, batchSize)
	return true, nil
}

// tooMuch reports whether the tower refused the request as a whole and a
// smaller one may find the guilty message.
func (s *Sender) tooMuch(err error, n int) bool {
	var refusal *refusal
	return errors.As(err, &refusal) && refusal.permanent && n > 1
}

// sendAgain posts what Resend asked for; the answers are not counted.
func (s *Sender) sendAgain(ctx context.Context) error {
	s.mu.Lock()
	rows := s.resend
	s.mu.Unlock()
	if len(rows) == 0 {
		return nil
	}
	if _, err := s.post(ctx, rows); err != nil {
		return err
	}
	s.mu.Lock()
	s.resend = s.resend[len(rows):]
	s.mu.Unlock()
	return nil
}

// count files the answers and remembers what was sent.
func (s *Sender) count(ctx context.Context, rows []row, results []result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range results {
		rows[i].refused = r.Status == statusRejected
		switch r.Status {
		case "accepted":
			s.stats.Accepted++
		case "duplicate":
			s.stats.Duplicate++
		case "conflict":
			s.stats.Conflict++
		default:
			s.stats.Rejected++
			s.cfg.Logger.WarnContext(ctx, "the tower rejected an event",
				slog.String("event_id", r.ID), slog.Any("errors", r.Errors))
		}
	}
	s.sent = append(s.sent, rows...)
	s.sent = s.sent[max(0, len(s.sent)-remembered):]
	for _, r := range rows {
		if r.refused {
			continue
		}
		of := s.newest[r.eventType]
		s.newest[r.eventType] = append(of[max(0, len(of)-fewOfAType+1):], r)
	}
}
