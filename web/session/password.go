package session

import (
	"context"
	"fmt"

	"github.com/alexedwards/argon2id"
)

// Hasher makes and checks argon2id password hashes, no more than a few at a
// time, since each takes 19 MiB. It is safe for concurrent use.
type Hasher struct {
	params argon2id.Params
	decoy  string
	slots  chan struct{}
}

// NewHasher makes a Hasher with the parameters that OWASP recommends.
func NewHasher() (*Hasher, error) {
	h := &Hasher{
		params: argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32},
		slots:  make(chan struct{}, 2),
	}
	decoy, err := argon2id.CreateHash("no account has this password", &h.params)
	if err != nil {
		return nil, fmt.Errorf("prepare password hashing: %w", err)
	}
	h.decoy = decoy
	return h, nil
}

// Hash is what is stored of a password.
func (h *Hasher) Hash(password string) (string, error) {
	hash, err := argon2id.CreateHash(password, &h.params)
	if err != nil {
		return "", fmt.Errorf("hash the password: %w", err)
	}
	return hash, nil
}

// Matches compares a password with a stored hash. An empty hash (no such
// account) takes the same time and never matches.
func (h *Hasher) Matches(ctx context.Context, password, hash string) (bool, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return false, fmt.Errorf("check the password: %w", ctx.Err())
	}
	known := hash != ""
	if !known {
		hash = h.decoy
	}
	same, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("check the password: %w", err)
	}
	return same && known, nil
}
