package models

import "time"

// EventDetail is one accepted event with all that became of it.
type EventDetail struct {
	Event
	State       string // pending, applied, superseded, discarded, or of an unsettled event held, waiting, parked
	Stage       Stage
	Code        string // why it did not pass
	Reason      string
	Fingerprint string
	WaitsFor    string
	SettledAt   *time.Time
	SettledBy   string // who decided, empty when nobody had to
	Batch       *BatchTimes
	Attempts    []EventAttempt
	Deliveries  []EventDelivery
	First       int64 // of a conflict: the event that has the id already, 0 when it is not known
	HeldBehind  int64 // events of the same key that wait for it
	SameCause   int64 // other events parked for the same cause
	Exceptions  []Exception
	Edits       []EditedEvent
	Original    string     // the payload as it came, when it was edited
	CameShard   int16      // the shard it came in; an edit may have moved it
	Retired     bool       // retention has taken its payload; the rest is a stub
	HasChain    bool       // its item at its DC has one
	Hold        *EventHold // the newest, over or not
}

// HeldAt is the hold of a person that stands at a real instant, nil when none does.
func (d EventDetail) HeldAt(now time.Time) *EventHold {
	if d.Hold == nil || d.Hold.Over(now) {
		return nil
	}
	return d.Hold
}

// Unsettled reports whether a person may retry or discard the event.
func (d EventDetail) Unsettled() bool {
	switch d.State {
	case "held", "waiting", "parked":
		return true
	}
	return false
}

// BatchTimes is when the batch with the event ran and how long its steps took.
type BatchTimes struct {
	Pos                         int64 // in the change log
	Events                      int64
	StartedAt, AppliedAt        time.Time
	Transform, Reference, Apply time.Duration
}

// EventAttempt is one attempt at an event that did not pass with its batch.
type EventAttempt struct {
	Attempt            int
	Stage              Stage
	Component          string
	StartedAt, EndedAt time.Time
	Outcome            string
	Class              string // transient, permanent, waiting, or empty
	Error              string
}

// EventDelivery is how a subscriber of the event's type stands to it. The
// times are those of the newest message from the event's batch.
type EventDelivery struct {
	Subscription string
	Passed       bool // the subscriber has it
	DeliveryID   int64
	StartedAt    *time.Time
	EndedAt      *time.Time
	Attempt      int
	Error        string
}

// UnsettledRow is one event of a group.
type UnsettledRow struct {
	Seq        int64
	EventID    string
	Source     string
	Type       EventType
	Item       string
	DC         string
	State      string
	Reason     string
	Attempts   int
	ReceivedAt time.Time
}

// RejectedSample is one event that intake refused; it is outside the books.
type RejectedSample struct {
	ID         int64
	Source     string
	EventID    string
	Type       string
	Code       string
	Errors     []Violation `gorm:"-"`
	Body       string
	ReceivedAt time.Time
}

// RejectedCount is how often a source was refused for a code in a period.
type RejectedCount struct {
	Source string
	Type   string
	Code   string
	Count  int64
	LastAt time.Time
}
