// Package models holds the nouns, states and rules of a distributor's
// operations. It does no I/O and imports nothing of ours.
package models

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of failure an Error is; the HTTP layer maps each to one status.
type Code string

// The codes. What one may not see is CodeNotFound.
const (
	CodeInvalid         Code = "invalid"
	CodeUnauthenticated Code = "unauthenticated"
	CodeForbidden       Code = "forbidden"
	CodeNotFound        Code = "not_found"
	CodeConflict        Code = "conflict"
	CodePrecondition    Code = "precondition"
	CodeUnavailable     Code = "unavailable"
	CodeGone            Code = "gone"      // was there, and cannot come back
	CodeThrottled       Code = "throttled" // more than the caller may send now
	CodeInternal        Code = "internal"
)

// FieldError is one fault in an input, at a JSON Pointer or form field.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error is the one coded error of the project. Message is for people and says
// what to do; Cause is for logs and never shown. RetryAfter, when it is known,
// says how long to wait before trying the same again; Hop, of what is
// unavailable, names the part that has no room or does not answer.
type Error struct {
	Code       Code
	Message    string
	Fields     []FieldError
	RetryAfter time.Duration
	Hop        string
	Cause      error
}

// Errorf makes an Error without a cause; use Wrap for one with a cause.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error with a message for people and a cause for logs.
func Wrap(code Code, cause error, message string) *Error {
	return &Error{Code: code, Message: message, Cause: cause}
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

func (e *Error) Unwrap() error { return e.Cause }

// CodeOf is the code of the first Error in err's chain, CodeInternal when there is none.
func CodeOf(err error) Code {
	if coded, ok := errors.AsType[*Error](err); ok {
		return coded.Code
	}
	return CodeInternal
}
