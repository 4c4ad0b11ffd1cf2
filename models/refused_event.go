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

// RefusedQuery says which refused events are wanted.
type RefusedQuery struct {
	Settled bool        // also what a person decided on
	Types   []EventType // none leaves nothing out
	Before  int64       // the id of the last of the page before, 0 for the first
	Limit   int
}

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
	TriedAt      time.Time // the newest attempt
	Passed       int64     // later events of its key that were delivered since
	State        RefusedState
	SettledAt    *time.Time
}

// RefusedSum is how many events a subscriber refused on which nobody decided.
type RefusedSum struct {
	Events int64
	Passed int64      // of these, that later ones of their keys have passed
	Oldest *time.Time // when the first of them was refused; nil when there is none
}

// RefusedOfRoute is what one subscriber refused.
type RefusedOfRoute struct {
	Subscription string
	RefusedSum
}

// RefusedTurn is a refused event whose turn it is to be delivered again.
type RefusedTurn struct {
	RefusedEvent
	Behind bool // an earlier one of its key is open too, of a type that was not asked for
}

// MostRedelivered is how many refused events are delivered again at once.
const MostRedelivered = 100

// Redelivery is what came of delivering a refused event again.
type Redelivery struct {
	Event   RefusedEvent // as it was before
	Outcome RedeliveryOutcome
	Why     string // of what was not taken
}

// RedeliveryOutcome says whether a refused event was taken.
type RedeliveryOutcome string

// The outcomes. What is left is for another time: an earlier event of its key was not
// taken or is of a type that was not asked for, or the target does not answer or
// takes long.
const (
	RedeliveryTaken   RedeliveryOutcome = "delivered"
	RedeliveryRefused RedeliveryOutcome = "refused"
	RedeliveryLeft    RedeliveryOutcome = "left"
)
