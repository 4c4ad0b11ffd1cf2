package models

import "time"

// RewindTo is where a route is moved back to. With a position, its shard begins
// there, at the event Seq of the change Pos, and the other shards with what took
// effect since the same instant; without one, all begin at the instant.
type RewindTo struct {
	Since time.Time
	Shard int16
	Pos   int64 // 0 for an instant alone
	Seq   int64
}

// RewindPlan is what comes again when a route is moved back.
type RewindPlan struct {
	To         RewindTo
	Events     int64 // of all that took effect, at most, or of the route's types and DCs when Filtered
	Superseded int64 // of the route's, those that a newer one under the same key follows; known when Filtered
	Filtered   bool
	KeptSince  *time.Time // the oldest that the log still holds
}
