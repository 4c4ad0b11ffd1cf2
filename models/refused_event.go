package models

import "time"

// RefusedState is what became of an event that a subscriber refused.
type RefusedState string

// The states.
const (
	RefusedOpen      RefusedState = "open"      // a person has to decide
	RefusedDelivered RefusedState = "delivered" // it was taken after all
	RefusedDiscarded RefusedState = "discarded" // the subscriber never gets it
)

// RefusedEvent is an event that a subscriber answered and did not take. It is
// set aside for a person; what follows in its shard went on.
type RefusedEvent struct {
	ID           int64
	Subscription string
	Event        Event
	Pos          int64 // its row of the change log
	AppliedAt    time.Time
	Status       int    // of HTTP, in the newest answer
	Answer       string // the beginning of its body
	Attempts     int    // at the event, alone or with others
	RefusedAt    time.Time
	Passed       int64 // later events of its key that were delivered since
	State        RefusedState
	SettledAt    *time.Time
}
