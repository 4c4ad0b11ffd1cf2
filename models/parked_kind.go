package models

import "time"

// ParkedKind is the groups of one kind from one source, taken together: so many
// causes that a list of them could not be read. Items and Orders are those that
// were read, in their order, as of an EventGroup.
type ParkedKind struct {
	Code, Source string
	Groups       int64 // causes
	Events       int64
	Ages         [len(ParkedAges)]int64 // how many of each age
	DCs          []string
	Items        []string
	Orders       []string
	FirstAt      time.Time // real time, as LastAt
	LastAt       time.Time
}
