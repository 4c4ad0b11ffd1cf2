// Package session signs people in and out and knows who asks. Sessions live in
// Postgres under a hash of their token; the cookie holds the token alone.
package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"throughline/models"
)

// Accounts is where accounts come from.
type Accounts interface {
	Find(ctx context.Context, name string) (models.User, error)
	FindWithHash(ctx context.Context, name string) (models.User, string, error)
}

// Config says how sessions behave.
type Config struct {
	Store    scs.Store
	Accounts Accounts
	Hasher   *Hasher
	Secure   bool             // the cookie travels over TLS only
	Lifetime time.Duration    // default 12 h
	Now      func() time.Time // default time.Now
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Store == nil || c.Accounts == nil || c.Hasher == nil {
		return errors.New("session: a store, accounts and a hasher are needed")
	}
	if c.Lifetime == 0 {
		c.Lifetime = 12 * time.Hour
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

const (
	userKey  = "user"
	epochKey = "epoch"
	flashKey = "flash"
)

// Manager is safe for concurrent use.
type Manager struct {
	cfg     Config
	scs     *scs.SessionManager
	limiter *limiter
}

// New makes a Manager.
func New(cfg Config) (*Manager, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m := scs.New()
	m.Store = cfg.Store
	m.HashTokenInStore = true
	m.Lifetime = cfg.Lifetime
	m.Cookie.Name = "throughline"
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = cfg.Secure
	return &Manager{cfg: cfg, scs: m, limiter: newLimiter(limitWindow, limitKeys)}, nil
}

type contextKey struct{}

// User is who asks; false when nobody is signed in.
func User(ctx context.Context) (models.User, bool) {
	u, ok := ctx.Value(contextKey{}).(models.User)
	return u, ok
}

// WithUser is a context in which u asks.
func WithUser(ctx context.Context, u models.User) context.Context {
	return context.WithValue(ctx, contextKey{}, u)
}

// Load reads the request's session and puts the account that it belongs to
// into the context. A session of a closed account or an older epoch is ended.
func (m *Manager) Load(r *http.Request) (context.Context, error) {
	var token string
	if c, err := r.Cookie(m.scs.Cookie.Name); err == nil {
		token = c.Value
	}
	ctx, err := m.scs.Load(r.Context(), token)
	if err != nil {
		return nil, models.Wrap(models.CodeUnavailable, err, "Your session cannot be read at the moment. Please try again.")
	}
	name := m.scs.GetString(ctx, userKey)
	if name == "" {
		return ctx, nil
	}
	user, err := m.cfg.Accounts.Find(ctx, name)
	if err == nil && !user.Disabled && user.SessionEpoch == m.scs.GetInt(ctx, epochKey) {
		return WithUser(ctx, user), nil
	}
	if err != nil && models.CodeOf(err) != models.CodeNotFound {
		return nil, models.Wrap(models.CodeUnavailable, err, "Your account cannot be read at the moment. Please try again.")
	}
	if err := m.scs.Destroy(ctx); err != nil {
		return nil, fmt.Errorf("end the session: %w", err)
	}
	return ctx, nil
}

// Save stores what the request changed and sets the cookie. Call it before the
// answer's header is written.
func (m *Manager) Save(ctx context.Context, w http.ResponseWriter) error {
	switch m.scs.Status(ctx) {
	case scs.Modified:
		token, expiry, err := m.scs.Commit(ctx)
		if err != nil {
			return fmt.Errorf("store the session: %w", err)
		}
		m.scs.WriteSessionCookie(ctx, w, token, expiry)
	case scs.Destroyed:
		m.scs.WriteSessionCookie(ctx, w, "", time.Time{})
	case scs.Unmodified:
	}
	return nil
}

// Flash keeps a sentence for the next page that this person sees.
func (m *Manager) Flash(ctx context.Context, sentence string) { m.scs.Put(ctx, flashKey, sentence) }

// PopFlash takes the sentence that Flash kept; empty when there is none.
func (m *Manager) PopFlash(ctx context.Context) string { return m.scs.PopString(ctx, flashKey) }
