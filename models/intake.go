package models

import (
	"errors"
	"io"
	"time"
)

// IntakeStatus is what became of one event at the door.
type IntakeStatus string

// The statuses. A conflict is a known id with another content: it is stored
// beside the first, once per content, and parked. Rejected is not stored at all,
// nor is what is paused: that is to be sent again as it is.
const (
	IntakeAccepted  IntakeStatus = "accepted"
	IntakeDuplicate IntakeStatus = "duplicate"
	IntakeConflict  IntakeStatus = "conflict"
	IntakeRejected  IntakeStatus = "rejected"
	IntakePaused    IntakeStatus = "paused"
)

// IntakeRequest is a request that brings events, before anything of it is
// believed. Header holds the CloudEvents attributes of binary mode and, like
// http.Header, its names are canonical.
type IntakeRequest struct {
	Authorization string
	Header        map[string][]string
	Body          io.Reader
	Length        int64 // of the body in bytes, -1 when unknown
}

// IntakeResult is what became of one event. Seq is its place in the log, 0
// when it was not stored. RetryAfter is the seconds to wait before what is
// paused is sent again.
type IntakeResult struct {
	ID     string       `json:"id"`
	Status IntakeStatus `json:"status"`
	Seq    int64        `json:"seq,omitempty"`
	Errors []Violation  `json:"errors,omitempty"`

	RetryAfter int `json:"retry_after,omitempty"`
}

// IntakeAnswer has one result an event, in the order of the request.
type IntakeAnswer struct {
	Results   []IntakeResult `json:"results"`
	Accepted  int            `json:"accepted"`
	Duplicate int            `json:"duplicate"`
	Rejected  int            `json:"rejected"`
	Conflict  int            `json:"conflict"`
	Paused    int            `json:"paused,omitempty"`
	Quota     *Quota         `json:"-"` // of a limited key, with a refusal too

	RetryAfter time.Duration `json:"-"` // the longest that something paused is to wait
}

// Nothing reports whether the log has none of the request's events.
func (a IntakeAnswer) Nothing() bool { return a.Accepted+a.Duplicate+a.Conflict == 0 }

// Refusals of a whole request that HTTP has statuses of its own for; they are
// the Cause of an Error with CodeInvalid.
var (
	ErrMalformed = errors.New("the request is malformed")
	ErrTooLarge  = errors.New("the request is too large")
	ErrMediaType = errors.New("the media type is not accepted")
)
