package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// ChangeQuery asks for what took effect after a place.
type ChangeQuery struct {
	Filter ChangeFilter
	After  []ChangePlace // a shard that is not named is read from its oldest change
	Latest bool          // only the place where the log ends now
	Limit  int           // of events
}

// ChangePage is what one snapshot holds after a place. Without More, who
// applies it has the state of that snapshot.
type ChangePage struct {
	Changes []ChangedFact
	Next    []ChangePlace
	More    bool
}

// ChangedFact is an event that took effect.
type ChangedFact struct {
	Event
	AppliedAt time.Time
	Replayed  bool        // took effect after its batch: by a retry or when what it waited for came
	Stock     *StockAfter // what it left behind, of a balance or a movement
}

// StockAfter is a position right after a fact took effect.
type StockAfter struct{ OnHand, Allocated decimal.Decimal }
