package ingest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"

	"throughline/models"
)

// Keys stores API keys by the hash of their secrets.
type Keys interface {
	ByHash(ctx context.Context, hash []byte) (models.APIKey, error)
	Add(ctx context.Context, key models.APIKey, system string, hash []byte, actor string) error
}

const (
	secretPrefix = "tlk_"
	secretBytes  = 32
	secretLength = len(secretPrefix) + secretBytes*4/3 + 1
	shownPrefix  = len(secretPrefix) + 6
	// maxCachedKeys bounds the memory of keys; a tower has dozens.
	maxCachedKeys = 1024
)

// systems are the kinds of source that the sources table knows by name.
func systems() []string {
	return []string{"erp", "forecasting", "replenishment", "wms", "oms", "tms", "supplier", "analytics"}
}

// IssueKey makes a key as asked for: its source, types (all when there are
// none), scopes (send when there are none), limit and expiry, for actor. It returns the
// secret, which cannot be had again. A source that is named like a kind of system is registered
// as that kind.
func IssueKey(ctx context.Context, keys Keys, key models.APIKey, actor string) (secret string, err error) {
	source := key.Source
	if source == "" || len(source) > 64 || strings.ContainsFunc(source, notPlain) {
		return "", models.Errorf(models.CodeInvalid,
			"A source is named by 1 to 64 lower-case letters, digits, dots, dashes or slashes, for instance erp.")
	}
	for _, t := range key.Types {
		if !t.Known() {
			return "", models.Errorf(models.CodeInvalid, "No contract is named %s.", t)
		}
	}
	for _, s := range key.Scopes {
		if !s.Valid() {
			return "", models.Errorf(models.CodeInvalid, "A scope is send or read, not %q.", s)
		}
	}
	if key.Interval < 0 || key.Interval > 0 && key.Interval < time.Second {
		return "", models.Errorf(models.CodeInvalid, "An interval is at least a second, not %s.", key.Interval)
	}
	if err := key.Limit.Validate(); err != nil {
		return "", err
	}
	random := make([]byte, secretBytes)
	_, _ = rand.Read(random) // it never fails: the program ends without randomness
	secret = secretPrefix + base64.RawURLEncoding.EncodeToString(random)
	system := "other"
	if slices.Contains(systems(), source) {
		system = source
	}
	hash := sha256.Sum256([]byte(secret))
	key.Prefix = secret[:shownPrefix]
	return secret, keys.Add(ctx, key, system, hash[:], actor)
}

func notPlain(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_/:", r)
}

// Authenticator knows source systems by their API keys. It remembers a key for
// a short while, which is also how long a revoked one may still work. It is
// safe for concurrent use.
type Authenticator struct {
	keys   Keys
	memory time.Duration
	now    func() time.Time

	mu    sync.RWMutex
	known map[[sha256.Size]byte]knownKey
}

type knownKey struct {
	key     models.APIKey
	expires time.Time
}

// NewAuthenticator makes an Authenticator that remembers a key for as long as memory.
func NewAuthenticator(keys Keys, memory time.Duration, now func() time.Time) *Authenticator {
	return &Authenticator{keys: keys, memory: memory, now: now, known: map[[sha256.Size]byte]knownKey{}}
}

// Authenticate finds the key of an Authorization header; CodeUnauthenticated
// says what is wrong with it. A key that is no longer honoured is given with its
// error. The key is left in the context that models.WithFoundKey made.
func (a *Authenticator) Authenticate(ctx context.Context, authorization string) (models.APIKey, error) {
	scheme, secret, _ := strings.Cut(authorization, " ")
	if strings.EqualFold(scheme, "Bearer") && secret != "" && (!strings.HasPrefix(secret, secretPrefix) || len(secret) != secretLength) {
		return models.APIKey{}, models.Errorf(models.CodeUnauthenticated,
			"This is no API key of Throughline, or a part of one: a key is tlk_ and %d more characters, as `throughline key add` printed it once.", secretLength-len(secretPrefix))
	}
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return models.APIKey{}, models.Errorf(models.CodeUnauthenticated,
			"An API key is needed, as the header Authorization: Bearer tlk_… `throughline key add --source NAME` makes one.")
	}
	hash := sha256.Sum256([]byte(secret))
	now := a.now()
	a.mu.RLock()
	found, ok := a.known[hash]
	a.mu.RUnlock()
	if ok && now.Before(found.expires) {
		models.KeepFoundKey(ctx, found.key)
		return found.key, honoured(found.key, now)
	}
	key, err := a.keys.ByHash(ctx, hash[:])
	if err != nil {
		return models.APIKey{}, err
	}
	models.KeepFoundKey(ctx, key)
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.known) >= maxCachedKeys {
		clear(a.known)
	}
	a.known[hash] = knownKey{key: key, expires: now.Add(a.memory)}
	return key, honoured(key, now)
}

// honoured refuses a key that was revoked or whose time is over.
func honoured(key models.APIKey, now time.Time) error {
	if key.RevokedAt != nil {
		return models.Errorf(models.CodeUnauthenticated, "The API key %s… of %s was revoked on %s. `throughline key add --source %s` makes a new one.",
			key.Prefix, key.Source, key.RevokedAt.UTC().Format("2 Jan 2006 at 15:04 UTC"), key.Source)
	}
	if !key.Expired(now) {
		return nil
	}
	return models.Errorf(models.CodeUnauthenticated, "The API key %s… of %s expired on %s. `throughline key add --source %s` makes a new one.",
		key.Prefix, key.Source, key.ExpiresAt.UTC().Format("2 Jan 2006 at 15:04 UTC"), key.Source)
}
