package models

import (
	"slices"
	"time"
)

// APIKey is what a source system proves itself by. The secret itself is shown
// once and never stored.
type APIKey struct {
	ID        int64
	Source    string
	Prefix    string // of the secret, to tell keys apart
	Types     []EventType
	CreatedAt time.Time
}

// Allows says whether the key may bring events of a type; a key without a list may bring all.
func (k APIKey) Allows(t EventType) bool {
	return len(k.Types) == 0 || slices.Contains(k.Types, t)
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
}

// RejectionCount is how many events were refused for a reason in a minute.
type RejectionCount struct {
	Minute time.Time
	Source string
	Type   string
	Code   string
	Count  int64
}
