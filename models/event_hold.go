package models

import (
	"strings"
	"time"
)

// MaxEventHold is how long an event may be held at once.
const MaxEventHold = 72 * time.Hour

// HeldByPerson is the outcome of a replay for an event that somebody holds: it was left as it is.
const HeldByPerson = "held by a person"

// EventHold keeps a parked or waiting event aside: no replay, in bulk, by
// itself or alone, touches it until Ends or until somebody releases it.
type EventHold struct {
	Seq    int64
	Reason string
	Actor  string
	Since  time.Time // real
	Ends   time.Time // real, at most MaxEventHold after Since
}

// Over reports whether a hold has come to its end.
func (h EventHold) Over(at time.Time) bool { return !at.Before(h.Ends) }

// Words say who holds the event, until when and why.
func (h EventHold) Words() string {
	return "by " + h.Actor + " until " + h.Ends.UTC().Format("2 Jan 15:04 UTC") + ": " + h.Reason
}

// Validate refuses what the schema would refuse too, in words.
func (h EventHold) Validate() error {
	switch length := h.Ends.Sub(h.Since); {
	case strings.TrimSpace(h.Reason) == "" || h.Actor == "":
		return Errorf(CodeInvalid, "Say why: the reason is kept with the event.")
	case length < time.Minute || length > MaxEventHold:
		return Errorf(CodeInvalid, "Say for how long: a time such as 30m or 8h, from 1m to %dh.", int(MaxEventHold.Hours()))
	}
	return nil
}

// HeldEvent is an event that a person holds.
type HeldEvent struct {
	EventHold
	State      string
	Code       string
	Cause      string // why it did not pass
	Item, DC   string
	ReceivedAt time.Time
}
