package models

import (
	"fmt"
	"time"
)

// Kept is a kind of data that is kept for a while. What is in none of them, such
// as orders, decisions, ERP writes and the audit trail, is kept for good.
type Kept string

// The kinds, by what an operator knows.
const (
	KeptLog         Kept = "log"
	KeptStubs       Kept = "stubs"
	KeptIDs         Kept = "ids"
	KeptMovements   Kept = "movements"
	KeptForecasts   Kept = "forecasts"
	KeptEvaluations Kept = "evaluations"
	KeptDeliveries  Kept = "deliveries"
	KeptAttempts    Kept = "attempts"
	KeptExceptions  Kept = "exceptions"
	KeptRuns        Kept = "runs"
	KeptMinutes     Kept = "minutes"
	KeptHours       Kept = "hours"
)

const keptDay = 24 * time.Hour

// Longest is how long anything may be declared to be kept.
const Longest = 10 * 365 * keptDay

// Keeping is how long a kind is kept where nobody says, and at least, because a
// guarantee stands on it.
type Keeping struct {
	Kind           Kept
	What           string // in words, as a heading has it
	Default, Least time.Duration
}

// Keepings are all kinds in the order in which they are shown.
func Keepings() []Keeping {
	return []Keeping{
		{KeptLog, "Events as they came, and when they took effect", 30 * keptDay, 2 * keptDay}, // readers look two days back
		{KeptStubs, "Stubs of events between forecast and receipt", 2 * 365 * keptDay, 30 * keptDay},
		{KeptIDs, "Ids by which an event that comes again is known", 90 * keptDay, 90 * keptDay}, // older events are refused at the door
		{KeptMovements, "Stock movements, but those of open chains and differences", 2 * 365 * keptDay, 90 * keptDay},
		{KeptForecasts, "Forecast revisions, but the newest and those behind decisions", 2 * 365 * keptDay, 90 * keptDay},
		{KeptEvaluations, "Evaluations, but the newest on each revision and those that recommended", 365 * keptDay, 90 * keptDay},
		{KeptDeliveries, "Deliveries, attempt by attempt, but those not yet taken", 90 * keptDay, 7 * keptDay}, // a target may be behind for seven days
		{KeptAttempts, "Attempts at events that did not pass at once, but of those still open", 365 * keptDay, 30 * keptDay},
		{KeptExceptions, "Resolved exceptions with their notes, but of open chains", 2 * 365 * keptDay, 90 * keptDay},
		{KeptRuns, "Comparisons not signed off, cleared differences and bulk actions", 365 * keptDay, 90 * keptDay},
		{KeptMinutes, "Latency, refusals and control totals by the minute", 30 * keptDay, 7 * keptDay},
		{KeptHours, "Latency by the hour, with events and late ones for error budgets", 120 * keptDay, 2 * BudgetPeriod},
	}
}

// Retention is how long each kind is kept, in real time.
type Retention map[Kept]time.Duration

// Filled is the retention with the defaults of what it leaves out.
func (r Retention) Filled() Retention {
	filled := Retention{}
	for _, k := range Keepings() {
		filled[k.Kind] = k.Default
		if d := r[k.Kind]; d != 0 {
			filled[k.Kind] = d
		}
	}
	return filled
}

// Fault says what is wrong with how long a kind is kept; empty when nothing is.
// The stubs of an event and the stock after it are read while the log has it.
func (r Retention) Fault(k Keeping) string {
	d := r.Filled()[k.Kind]
	if least := k.Least; d < least || d > Longest {
		return fmt.Sprintf("must be %s at least and %s at most", inHours(least), inHours(Longest))
	}
	if log := r.Filled()[KeptLog]; d < log && (k.Kind == KeptStubs || k.Kind == KeptMovements) {
		return "must be " + inHours(log) + " at least, as long as the log itself is kept"
	}
	return ""
}

func inHours(d time.Duration) string { return fmt.Sprintf("%dh", d/time.Hour) }

// RetentionFreeze is why retention takes nothing: the books of a source do not
// balance, or a recount differs from them. It ends with its exception.
type RetentionFreeze struct {
	Exception int64     `json:"exception" doc:"PLT-06, which tells of it; retention goes on when it has cleared"`
	Source    string    `json:"source" doc:"Whose books are off"`
	Why       string    `json:"why" doc:"What is off, in words"`
	Since     time.Time `json:"since" doc:"Since when nothing is taken"`
}

// KeptReport is what retention did to a kind.
type KeptReport struct {
	Kind   Kept       `json:"kind" doc:"As throughline.yaml names it under retention"`
	Hours  int64      `json:"hours" doc:"How long it is kept"`
	Since  *time.Time `json:"since,omitempty" doc:"From when on it is there; left out while nothing has gone"`
	Rows   int64      `json:"rows" doc:"That have gone in all"`
	Last   int64      `json:"last_rows" doc:"That went on the newest day on which any did, UTC"`
	LastAt *time.Time `json:"last_at,omitempty" doc:"When the newest went"`

	Entities []EntityGone `json:"entities,omitempty" doc:"Of the log: what went of each entity, since the tower counts it so"`
}

// EntityGone is what retention took of the log of an entity.
type EntityGone struct {
	Entity string    `json:"entity"`
	Events int64     `json:"events" doc:"That have gone in all"`
	Day    time.Time `json:"day" doc:"The newest day of reception that went, UTC"`
}
