package models

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// Consequence is what an exception leads to when nobody responds, C1 the least.
type Consequence string

// The consequences.
const (
	ConsequenceNuisance Consequence = "C1" // costs quality or money, no more
	ConsequenceEffect   Consequence = "C2" // a B or C item runs out, or a promise is broken with effect
	ConsequenceSerious  Consequence = "C3" // an A item runs out inside its lead time
	ConsequenceStop     Consequence = "C4" // a DC stops, or the ERP holds a wrong order
)

// Priority orders what people respond to. PriorityLog needs no response and is
// therefore not an exception.
type Priority string

// The priorities.
const (
	PriorityP1  Priority = "P1"
	PriorityP2  Priority = "P2"
	PriorityP3  Priority = "P3"
	PriorityP4  Priority = "P4"
	PriorityLog Priority = "log"
)

// MoreUrgent reports whether p comes before other.
func (p Priority) MoreUrgent(other Priority) bool { return p.rank() < other.rank() }

func (p Priority) rank() int {
	switch p {
	case PriorityP1:
		return 1
	case PriorityP2:
		return 2
	case PriorityP3:
		return 3
	case PriorityP4:
		return 4
	default:
		return 5
	}
}

// Clock is how long people have from the opening: real time for a P1, else the
// working time of who is called (Escalations.Due).
type Clock struct {
	Acknowledge time.Duration
	Resolve     time.Duration
}

// Clock is the default clock of a priority; zero for PriorityLog.
func (p Priority) Clock() Clock {
	switch p {
	case PriorityP1:
		return Clock{15 * time.Minute, 2 * time.Hour}
	case PriorityP2:
		return Clock{time.Hour, 8 * time.Hour}
	case PriorityP3:
		return Clock{4 * time.Hour, 48 * time.Hour}
	case PriorityP4:
		return Clock{24 * time.Hour, 5 * 24 * time.Hour}
	default:
		return Clock{}
	}
}

// The bounds of time to consequence, in business time.
const (
	SoonestBound = 4 * time.Hour
	TodayBound   = 24 * time.Hour
	WeekBound    = 5 * 24 * time.Hour
)

// severityMatrix is consequence × time to consequence: under 4 h, under 24 h,
// under 5 days, later.
var severityMatrix = map[Consequence][4]Priority{
	ConsequenceStop:     {PriorityP1, PriorityP1, PriorityP2, PriorityP2},
	ConsequenceSerious:  {PriorityP1, PriorityP2, PriorityP2, PriorityP3},
	ConsequenceEffect:   {PriorityP2, PriorityP3, PriorityP3, PriorityP4},
	ConsequenceNuisance: {PriorityP3, PriorityP4, PriorityP4, PriorityLog},
}

// PriorityOf reads the severity matrix. left is business time to the
// consequence and may be negative when it has come; nil when it is far or unknown.
func PriorityOf(c Consequence, left *time.Duration) Priority {
	row, known := severityMatrix[c]
	if !known {
		return PriorityLog
	}
	switch {
	case left == nil || *left >= WeekBound:
		return row[3]
	case *left >= TodayBound:
		return row[2]
	case *left >= SoonestBound:
		return row[1]
	default:
		return row[0]
	}
}

// Thresholds are the values at risk, in the company's currency, from which a
// consequence is at least C4 (V1), C3 (V2) or C2 (V3).
type Thresholds struct {
	V1, V2, V3 decimal.Decimal
}

// DefaultThresholds are 50,000, 10,000 and 1,000.
func DefaultThresholds() Thresholds {
	return Thresholds{V1: decimal.New(50, 3), V2: decimal.New(10, 3), V3: decimal.New(1, 3)}
}

// Validate refuses thresholds that are not positive or not in falling order.
func (t Thresholds) Validate() error {
	if !t.V3.IsPositive() || !t.V2.GreaterThan(t.V3) || !t.V1.GreaterThan(t.V2) {
		return Errorf(CodeInvalid, "the values at risk must be positive and fall from V1 to V3, not %s, %s, %s", t.V1, t.V2, t.V3)
	}
	return nil
}

// Risk is what a detector knows of an exception's consequence. The largest
// consequence that applies counts.
type Risk struct {
	ServiceStop bool            // at one DC or more
	WrongOrder  bool            // the ERP holds, or will hold, a duplicate or wrong order
	Stockout    bool            // inside the lead time
	Class       string          // ABC class of the item that runs out
	AtLeast     Consequence     // the rule of the catalogue for this case, C1 when empty
	Value       decimal.Decimal // at risk, in the company's currency
	At          *time.Time      // business time of the consequence; nil when far or unknown
}

// Severity is a computed priority with its reason in a sentence.
type Severity struct {
	Priority    Priority
	Consequence Consequence
	Why         string
}

// Assess computes the severity of a risk at a business instant.
func (t Thresholds) Assess(r Risk, business time.Time) Severity {
	var left *time.Duration
	if r.At != nil {
		d := r.At.Sub(business)
		left = &d
	}
	c, reason := t.consequence(r)
	p := PriorityOf(c, left)
	return Severity{Priority: p, Consequence: c,
		Why: fmt.Sprintf("%s (%s), %s: %s.", reason, c, horizon(left), p)}
}

func (t Thresholds) consequence(r Risk) (Consequence, string) {
	switch {
	case r.ServiceStop:
		return ConsequenceStop, "A distribution center is without service"
	case r.WrongOrder || r.AtLeast == ConsequenceStop:
		return ConsequenceStop, "What the ERP or the tower holds may be wrong"
	case r.Value.GreaterThanOrEqual(t.V1):
		return ConsequenceStop, "At least " + t.V1.String() + " at risk"
	case r.Stockout && r.Class == "A":
		return ConsequenceSerious, "An A item runs out inside its lead time"
	case r.Value.GreaterThanOrEqual(t.V2):
		return ConsequenceSerious, "At least " + t.V2.String() + " at risk"
	case r.AtLeast == ConsequenceSerious:
		return ConsequenceSerious, "Decisions are being taken on wrong figures"
	case r.Stockout:
		return ConsequenceEffect, "An item runs out inside its lead time"
	case r.Value.GreaterThanOrEqual(t.V3):
		return ConsequenceEffect, "At least " + t.V3.String() + " at risk"
	case r.AtLeast == ConsequenceEffect:
		return ConsequenceEffect, "A promise is broken with effect"
	default:
		return ConsequenceNuisance, "Little at risk"
	}
}

func horizon(left *time.Duration) string {
	switch {
	case left == nil || *left >= WeekBound:
		return "not within 5 days"
	case *left >= TodayBound:
		return "within 5 days"
	case *left >= SoonestBound:
		return "within 24 h"
	default:
		return "within 4 h"
	}
}
