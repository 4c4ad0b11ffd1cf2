package models

import (
	"slices"
	"time"
)

// Scope is what an API key is for.
type Scope string

// The scopes. One key may have several.
const (
	ScopeSend  Scope = "send"  // bring events
	ScopeRead  Scope = "read"  // poll changes and export
	ScopeAudit Scope = "audit" // read the audit trail

	ScopeOperate Scope = "operate" // put kinds of exceptions aside, and pause
)

// Valid says whether the scope is one of those above.
func (s Scope) Valid() bool {
	return slices.Contains([]Scope{ScopeSend, ScopeRead, ScopeAudit, ScopeOperate}, s)
}

// APIKey is what a system proves itself by. The secret itself is shown once
// and never stored.
type APIKey struct {
	ID        int64
	Source    string
	Prefix    string // of the secret, to tell keys apart
	Types     []EventType
	Scopes    []Scope       // send when there are none
	Limit     RateLimit     // of this key alone
	Quota     RateLimit     // of its source, which all its keys share
	Interval  time.Duration // at most between two useful rows of its source; 0 leaves it as it is
	Reason    string        // why it is made, or why nothing is expected of its source; kept in the audit
	CreatedAt time.Time
	ExpiresAt *time.Time // nil for never
	RevokedAt *time.Time // nil while it counts
}

// Allows says whether the key may bring or read events of a type; a key
// without a list may bring or read all.
func (k APIKey) Allows(t EventType) bool {
	return len(k.Types) == 0 || slices.Contains(k.Types, t)
}

// Limited says whether anything limits what the key may bring.
func (k APIKey) Limited() bool { return k.Limit.Limited() || k.Quota.Limited() }

// Strictest is what the key may bring at most: the lower rate and the smaller
// burst of its own limit and its source's quota.
func (k APIKey) Strictest() RateLimit {
	switch {
	case !k.Limit.Limited():
		return k.Quota
	case !k.Quota.Limited():
		return k.Limit
	}
	return RateLimit{Rate: min(k.Limit.Rate, k.Quota.Rate), Burst: min(k.Limit.Burst, k.Quota.Burst)}
}

// Expired says whether the key is no longer honoured at an instant.
func (k APIKey) Expired(at time.Time) bool { return k.ExpiresAt != nil && !at.Before(*k.ExpiresAt) }

// May says whether the key is for this.
func (k APIKey) May(s Scope) bool {
	if len(k.Scopes) == 0 {
		return s == ScopeSend
	}
	return slices.Contains(k.Scopes, s)
}

// RateLimit is a token bucket over events; the zero value does not limit.
type RateLimit struct {
	Rate  float64 // events a second, on average
	Burst int     // events at once
}

// NewRateLimit is a limit whose burst, when it is not given, is ten seconds'
// worth.
func NewRateLimit(perSecond float64, burst int) RateLimit {
	const seconds = 10
	if burst == 0 && perSecond > 0 {
		burst = max(int(min(perSecond*seconds, mostRate)), 1)
	}
	return RateLimit{Rate: perSecond, Burst: burst}
}

const mostRate = 1_000_000

// Limited says whether there is a limit at all.
func (l RateLimit) Limited() bool { return l.Rate > 0 }

// Validate refuses a limit that nothing or everything passes.
func (l RateLimit) Validate() error {
	if l == (RateLimit{}) {
		return nil
	}
	if !(l.Rate >= 0.01) || l.Rate > mostRate || l.Burst < 1 || l.Burst > mostRate {
		return Errorf(CodeInvalid, "A rate is 0.01 to 1,000,000 events a second with a burst of 1 to 1,000,000 events.")
	}
	return nil
}

// Quota is what a limited key may bring at this moment.
type Quota struct {
	Limit     RateLimit
	Remaining int           // events at once
	Full      time.Duration // until it may bring a whole burst again
}

// Rejection is a sample of what intake refused.
type Rejection struct {
	Source  string
	EventID string
	Type    string
	Code    string // of the catalogue: TRF-01 for a contract, API-06 for an envelope
	Errors  []Violation
	Body    string
	At      time.Time

	Extensions string // of the envelope, as far as it could be read
}

// RejectionCount is how many events were refused for a reason in a minute.
type RejectionCount struct {
	Minute time.Time
	Source string
	Type   string
	Code   string
	Count  int64
}
