package connector

import (
	"errors"
	"time"

	"throughline/models"
)

// Class says what helps after a failed call.
type Class string

// The classes. After ClassTransient the call did nothing and may be repeated;
// after ClassPermanent a person must change something; after ClassUnknown the
// call may have had its effect, and only asking the system tells.
const (
	ClassTransient Class = "transient"
	ClassPermanent Class = "permanent"
	ClassUnknown   Class = "unknown"
)

// The codes of an Error that is about a key which the system does not have, and of
// one that never left us, since a person has paused the calls.
const (
	CodeNotFound = "not_found"
	CodePaused   = "paused"
)

// Error is a failed call. Message is in business words and may be shown. Status
// is the HTTP status of the answer, or of the last one where the system is left
// alone, 0 without one; Response is what it said, shortened; RetryAfter is 0 when
// it asked for no pause.
type Error struct {
	Class      Class
	Code       string
	Message    string
	RetryAfter time.Duration
	Status     int
	Response   string
	Cause      error
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

func (e *Error) Unwrap() error { return e.Cause }

// ClassOf is the class of the first Error in err's chain. Anything else is
// ClassUnknown, since it proves nothing.
func ClassOf(err error) Class {
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed.Class
	}
	return ClassUnknown
}

// Paused is the failure of a call that a person has stopped, for the reason that
// refusal gives.
func Paused(refusal error) *Error {
	return &Error{Class: ClassTransient, Code: CodePaused, Message: refusal.Error(), Cause: refusal}
}

// Told is a failed call in words for whoever asked for it: why it is paused, or
// otherwise, with CodeUnavailable.
func Told(err error, otherwise string) error {
	if coded, ok := errors.AsType[*models.Error](err); ok {
		return coded
	}
	return models.Wrap(models.CodeUnavailable, err, otherwise)
}
