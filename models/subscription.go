package models

import "time"

// SubscriptionState says whether a subscriber gets deliveries.
type SubscriptionState string

// The states. A subscription is disabled by its target's 410 or by a lag beyond
// its maximum, and paused by a person.
const (
	SubscriptionActive   SubscriptionState = "active"
	SubscriptionPaused   SubscriptionState = "paused"
	SubscriptionDisabled SubscriptionState = "disabled"
)

// Subscription is a system that is told what took effect. Secret is
// "whsec_" and the base64 of the key that signs its deliveries. DCs and
// Condition, an expression in CEL, narrow its types; empty they take everything.
type Subscription struct {
	Name        string
	URL         string
	Secret      string
	Types       []EventType
	DCs         []string
	Condition   string
	Overlap     time.Duration // how long a secret signs beside the one that follows it
	OldSecret   string        // the one before Secret
	OldUntil    *time.Time    // until when it signs too
	Declared    string        // fingerprint of the secret that was last declared; empty before the first
	Rewinds     int           // how often its cursors were moved back
	State       SubscriptionState
	DisabledWhy string
	Failures    int   // deliveries that failed in a row
	Wakes       int64 // grows when somebody wants it to look again at once
}

// Consumer is the subscription's name among the consumers of the change log.
func (s Subscription) Consumer() string { return "route:" + s.Name }

// Secrets are those that sign at an instant, the present one first.
func (s Subscription) Secrets(at time.Time) []string {
	if s.OldSecret != "" && s.OldUntil != nil && at.Before(*s.OldUntil) {
		return []string{s.Secret, s.OldSecret}
	}
	return []string{s.Secret}
}

// Declares reports whether a declared secret is news: one that was declared
// before does not undo what somebody made in its place since.
func (s Subscription) Declares(secret string) bool {
	if s.Declared == "" {
		return s.Secret != secret
	}
	return s.Declared != SecretFingerprint(secret) && s.Secret != secret
}

// Delivery is one attempt to deliver one message. FromPos and ToPos are the
// change-log rows of its first and last event.
type Delivery struct {
	Subscription string
	Shard        int16
	FromPos      int64
	ToPos        int64
	FromSeq      int64
	ToSeq        int64
	MessageID    string
	Events       int
	Attempt      int
	StartedAt    time.Time
	EndedAt      time.Time
	Status       int // HTTP status, 0 when there was no answer
	Delivered    bool
	Class        string // a RetryClass, or ClassPermanent; empty when delivered
	Error        string
	Answer       string // the beginning of the body, when it was not taken
	Carried      []CarriedEvents
}

// Refused reports whether the target answered that it does not take this message.
func (d Delivery) Refused() bool { return d.Class == string(RetryRefused) }

// AgainstTarget reports whether the attempt says that the target is away, or
// asks for a pause; one that refuses a message is there.
func (d Delivery) AgainstTarget() bool {
	return d.Class == string(RetryTransient) || d.Class == string(RetryRateLimited)
}

// CarriedEvents is how many events of a type and DC a message carries.
type CarriedEvents struct {
	Type   EventType `json:"type"`
	DC     string    `json:"dc"`
	Events int       `json:"events"`
}

// DeliveredVersion is the newest version of an item's fact at a DC that a
// subscriber holds.
type DeliveredVersion struct {
	Entity  string
	Item    string
	DC      string
	Version int64
}
