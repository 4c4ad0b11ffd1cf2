package session

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
)

// Failed sign-ins allowed in the window: for one account from one address, for
// one address, and for one account from anywhere.
const (
	limitWindow     = 15 * time.Minute
	limitKeys       = 20_000
	limitPair       = 5
	limitAddress    = 50
	limitAccount    = 100
	maxPasswordSize = 1024 // bytes
)

// LimitedError says that there were too many failed sign-ins.
type LimitedError struct{ RetryAfter time.Duration }

func (e *LimitedError) Error() string {
	return fmt.Sprintf("Too many attempts. Please wait %d minutes and try again.", int(e.RetryAfter.Minutes())+1)
}

// SignIn checks the password and makes the session a new one that belongs to
// the account, so that a token planted before is worth nothing. Unknown
// account, wrong password and closed account have one answer, which takes the
// same time: CodeUnauthenticated. Too many failures are a *LimitedError.
func (m *Manager) SignIn(ctx context.Context, address, name, password string) (models.User, error) {
	limits := m.limits(address, name)
	if wait := limits.wait(); wait > 0 {
		return models.User{}, &LimitedError{RetryAfter: wait}
	}
	user, hash, err := m.cfg.Accounts.FindWithHash(ctx, name)
	if err != nil && models.CodeOf(err) != models.CodeNotFound {
		return models.User{}, models.Wrap(models.CodeUnavailable, err, "Accounts cannot be read at the moment. Please try again.")
	}
	matches, err := m.cfg.Hasher.Matches(ctx, password[:min(len(password), maxPasswordSize)], hash)
	if err != nil {
		return models.User{}, err
	}
	if !matches || user.Disabled {
		limits.fail()
		return models.User{}, models.Errorf(models.CodeUnauthenticated, "That name and password do not match an account.")
	}
	limits.clear()
	if err := m.scs.RenewToken(ctx); err != nil {
		return models.User{}, fmt.Errorf("renew the session: %w", err)
	}
	m.scs.Put(ctx, userKey, user.Name)
	m.scs.Put(ctx, epochKey, user.SessionEpoch)
	return user, nil
}

// SignOut ends the session.
func (m *Manager) SignOut(ctx context.Context) error {
	if err := m.scs.Destroy(ctx); err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

// attemptLimits are the three counters that one attempt stands in.
type attemptLimits struct {
	*limiter
	now                    time.Time
	pair, address, account string
}

func (m *Manager) limits(address, name string) attemptLimits {
	return attemptLimits{
		limiter: m.limiter, now: m.cfg.Now(),
		pair: "pair\x00" + address + "\x00" + name, address: "address\x00" + address, account: "account\x00" + name,
	}
}

func (a attemptLimits) wait() time.Duration {
	return max(
		a.limiter.wait(a.pair, limitPair, a.now),
		a.limiter.wait(a.address, limitAddress, a.now),
		a.limiter.wait(a.account, limitAccount, a.now),
	)
}

func (a attemptLimits) fail() {
	for _, key := range []string{a.pair, a.address, a.account} {
		a.limiter.fail(key, a.now)
	}
}

func (a attemptLimits) clear() { a.forget(a.pair) }
