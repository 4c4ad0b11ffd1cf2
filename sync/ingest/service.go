// Package ingest is the door for events: it authenticates the sender, reads the
// CloudEvents, holds each to its contract and appends what is good to the log.
package ingest

import (
	"context"
	"errors"
	"strings"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/contract"
	"throughline/sync/eventlog"
	"throughline/sync/service"
	"throughline/sync/tracing"
)

// Bounds of a request. Bytes count after decompression.
const (
	MaxEventBytes   = 1 << 20
	MaxRequestBytes = 8 << 20
	MaxEvents       = 1000
)

// Appender makes entries durable.
type Appender interface {
	Append(ctx context.Context, entries []store.Entry) ([]eventlog.Outcome, error)
}

// Authorizer finds the API key of an Authorization header.
type Authorizer interface {
	Authenticate(ctx context.Context, authorization string) (models.APIKey, error)
}

// Config says what a Service works with; all but Now and the durations are required.
type Config struct {
	Keys       Authorizer
	Appender   Appender
	Contracts  *contract.Registry
	Rejections *Recorder
	Limits     *Limits                                          // nil limits nobody
	Paused     func(source string) (models.Pause, bool)         // nil pauses nobody
	PausedFlow func(source, entity string) (models.Pause, bool) // nil pauses none
	Shards     models.Shards
	Traffic    *service.Traffic // what a file of the bulk lane gives way to; nil for nothing
	Progress   Progress         // keeps files from running ahead; nil lets them
	Tracer     *tracing.Tracer  // is told of what is accepted; nil tells nobody
	Now        func() time.Time // default time.Now
	Window     time.Duration    // an older event is refused, since its id may be forgotten; default 90 days
	Skew       time.Duration    // an event further in the future is marked; default 2 min
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Keys == nil || c.Appender == nil || c.Contracts == nil || c.Rejections == nil || c.Shards.Realtime < 1 || c.Shards.Bulk < 1 {
		return errors.New("ingest: keys, an appender, contracts, a recorder of refusals and the shards are needed")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Window == 0 {
		c.Window = 90 * 24 * time.Hour
	}
	if c.Paused == nil {
		c.Paused = func(string) (models.Pause, bool) { return models.Pause{}, false }
	}
	if c.PausedFlow == nil {
		c.PausedFlow = func(string, string) (models.Pause, bool) { return models.Pause{}, false }
	}
	if c.Skew == 0 {
		c.Skew = 2 * time.Minute
	}
	return nil
}

// Service takes in events. It is safe for concurrent use.
type Service struct{ cfg Config }

// New makes a Service.
func New(cfg Config) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Service{cfg: cfg}, nil
}

// Accept takes in the events of an HTTP request. An error refuses the request
// as a whole, and nothing of it is stored: CodeUnauthenticated, CodeForbidden,
// CodeUnavailable, or CodeInvalid with models.ErrMalformed, ErrTooLarge or
// ErrMediaType as its cause.
func (s *Service) Accept(ctx context.Context, r models.IntakeRequest) (models.IntakeAnswer, error) {
	key, err := s.cfg.Keys.Authenticate(ctx, r.Authorization)
	if err != nil {
		return models.IntakeAnswer{}, unavailable(err)
	}
	if !key.May(models.ScopeSend) {
		return models.IntakeAnswer{}, models.Errorf(models.CodeForbidden,
			"This API key of %s may not send events. `throughline key add --source NAME --scope send` makes one that may.", key.Source)
	}
	if p, paused := s.cfg.Paused(key.Source); paused {
		return models.IntakeAnswer{}, s.comeLater(p)
	}
	if !key.Limited() || s.cfg.Limits == nil {
		return s.accept(ctx, key, r)
	}
	quota, err := s.cfg.Limits.Ready(key)
	if err != nil {
		return models.IntakeAnswer{Quota: quota}, err
	}
	answer, err := s.accept(ctx, key, r)
	answer.Quota = s.cfg.Limits.Quota(key)
	return answer, err
}

func (s *Service) accept(ctx context.Context, key models.APIKey, r models.IntakeRequest) (models.IntakeAnswer, error) {
	body, err := readBody(r)
	if err != nil {
		return models.IntakeAnswer{}, s.charge(key, 1, err)
	}
	b := s.newBatch(key)
	if err := b.read(r, body); err != nil {
		return models.IntakeAnswer{}, s.charge(key, 1, err)
	}
	if err := s.charge(key, len(b.answer.Results), nil); err != nil {
		return models.IntakeAnswer{}, err
	}
	return b.append(ctx)
}

// charge takes events from what the key may bring. What was refused already
// stays refused for its own reason.
func (s *Service) charge(key models.APIKey, events int, refused error) error {
	if s.cfg.Limits == nil {
		return refused
	}
	_, err := s.cfg.Limits.Take(key, events)
	if refused != nil {
		return refused
	}
	return err
}

// sentence ends what a person wrote as one.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// unavailable tells a failed look-up from a wrong key.
func unavailable(err error) error {
	var coded *models.Error
	if errors.As(err, &coded) || !store.IsUnavailable(err) {
		return err
	}
	e := models.Wrap(models.CodeUnavailable, err, "The database that knows the API keys cannot be reached. Send again after a pause.")
	e.RetryAfter, e.Hop = 5*time.Second, "the database"
	return e
}
