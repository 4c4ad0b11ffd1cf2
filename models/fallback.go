package models

import (
	"slices"
	"time"
)

// Fallback is what happens to recommendations while a system that they stand on is late.
type Fallback string

// The fallbacks, from the mildest to the strictest.
const (
	FallbackNone     Fallback = ""
	FallbackLastGood Fallback = "last_good" // judged as ever, with a mark
	FallbackManual   Fallback = "manual"    // left to a person
	FallbackHold     Fallback = "hold"      // nobody approves until the system is heard, or somebody sets the hold aside
)

var fallbacks = []Fallback{FallbackNone, FallbackLastGood, FallbackManual, FallbackHold}

// Fallbacks are those that can be declared.
func Fallbacks() []Fallback { return slices.Clone(fallbacks[1:]) }

// LateFeed is a system that should have been heard and was not, as a whole or
// about one DC. The times are real.
type LateFeed struct {
	Source   string
	DC       string // empty for all
	Declared Fallback
	Since    time.Time
	Lifted   *FallbackOverride // nil when the fallback is in force
}

// Fallback is what holds now. What was set aside still leaves its mark.
func (f LateFeed) Fallback() Fallback {
	if f.Lifted != nil {
		return FallbackLastGood
	}
	return f.Declared
}

// Concerns reports whether a recommendation that takes stock from, or to, one of
// the DCs stands on the feed.
func (f LateFeed) Concerns(dcs ...string) bool { return f.DC == "" || slices.Contains(dcs, f.DC) }

// StrictestFallback is the feed whose fallback holds for a recommendation; the
// zero LateFeed when all are heard.
func StrictestFallback(late []LateFeed, dcs ...string) LateFeed {
	var strictest LateFeed
	for _, f := range late {
		if f.Concerns(dcs...) && slices.Index(fallbacks, f.Fallback()) > slices.Index(fallbacks, strictest.Fallback()) {
			strictest = f
		}
	}
	return strictest
}

// Withheld is the feed that keeps somebody from approving a recommendation: one
// whose hold is in force, or was set aside by the same person. False when none does.
func Withheld(late []LateFeed, actor string, dcs ...string) (LateFeed, bool) {
	for _, f := range late {
		if f.Declared != FallbackHold || !f.Concerns(dcs...) {
			continue
		}
		if f.Lifted == nil || f.Lifted.Actor == actor {
			return f, true
		}
	}
	return LateFeed{}, false
}

// MaxOverride is for how long a fallback may be set aside at once.
const MaxOverride = 4 * time.Hour

// FallbackOverride sets the fallback of a system aside for a while.
type FallbackOverride struct {
	Source string
	Reason string
	Actor  string
	Since  time.Time
	Ends   time.Time
}

// Validate refuses an override without a reason, a person, or a near end.
func (o FallbackOverride) Validate() error {
	length := o.Ends.Sub(o.Since)
	switch {
	case o.Actor == "":
		return Errorf(CodeInvalid, "Somebody has to set a fallback aside.")
	case o.Reason == "":
		return &Error{Code: CodeInvalid, Message: "Say why.", Fields: []FieldError{{Field: "reason", Message: "is required"}}}
	case length < time.Minute || length > MaxOverride:
		return Errorf(CodeInvalid, "Say for how long: a time such as 30m or 2h, from 1m to %dh.", int(MaxOverride.Hours()))
	}
	return nil
}
