package models

import (
	"strings"
	"time"
)

// KindShelf puts a kind of exceptions aside for a while: they open and are
// counted, and call nobody unless they are P1. An empty Source or DC does not
// narrow it. Times are real.
type KindShelf struct {
	ID      int64
	Code    ExceptionCode
	Source  string
	DC      string
	Reason  string
	Actor   string
	Since   time.Time
	Until   time.Time // at most MaxShelf after Since
	EndedBy string    // who ended it before its time; empty for none
	Held    int64     // exceptions that it has held back so far
}

// Validate refuses what the schema would refuse too, in words.
func (k KindShelf) Validate() error {
	if _, known := k.Code.Kind(); !known {
		return Errorf(CodeInvalid, "There is no kind of exceptions %q.", k.Code)
	}
	if length := k.Until.Sub(k.Since); length < time.Minute || length > MaxShelf {
		return Errorf(CodeInvalid, "Say for how long: a time such as 30m or 8h, from 1m to %dh.", int(MaxShelf.Hours()))
	}
	if k.Actor == "" || strings.TrimSpace(k.Reason) == "" {
		return &Error{Code: CodeInvalid, Message: "Say why the kind can wait.", Fields: []FieldError{{Field: "reason", Message: "is required"}}}
	}
	return nil
}

// Over reports whether the kind has returned.
func (k KindShelf) Over(at time.Time) bool { return !at.Before(k.Until) }

// Scope says in words which exceptions of the kind are meant.
func (k KindShelf) Scope() string {
	switch {
	case k.Source != "" && k.DC != "":
		return "from " + k.Source + " at " + k.DC
	case k.Source != "":
		return "from " + k.Source
	case k.DC != "":
		return "at " + k.DC
	}
	return "everywhere"
}
