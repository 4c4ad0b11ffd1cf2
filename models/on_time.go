package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// RevisionWindow is how long a material forecast revision may take at a DC, in
// real time: from its publication until the consumer holds it, and from its
// effect here until an evaluation stands on it.
type RevisionWindow struct {
	DC        string
	Delivered time.Duration
	Evaluated time.Duration
	Calendar  string // in whose working time Evaluated runs; empty for always
}

// OnTimeQuery asks for the material revisions that were published in a period.
type OnTimeQuery struct {
	Period   Period // real; To is also the moment at which what is open is judged
	Consumer string // the replenishment engine's subscription
	Windows  []RevisionWindow
	Clock    BusinessClock // in whose time a revision's own promise falls due
}

// Promises counts promises: those that were kept, those that were not or are
// overdue, and those whose time is not up.
type Promises struct{ InTime, Late, Open int64 }

// Share is the part of the promises that fell due which was kept; false while none has.
func (k Promises) Share() (decimal.Decimal, bool) {
	due := k.InTime + k.Late
	if due == 0 {
		return decimal.Zero, false
	}
	return decimal.NewFromInt(k.InTime).Div(decimal.NewFromInt(due)), true
}

// Plus adds up the promises of two.
func (k Promises) Plus(other Promises) Promises {
	return Promises{k.InTime + other.InTime, k.Late + other.Late, k.Open + other.Open}
}

// OnTime is how the revisions of a DC kept its windows.
type OnTime struct {
	RevisionWindow
	Revisions  int64
	Late       int64 // those that kept either window not
	Delivery   Promises
	Evaluation Promises
}

// LateRevision was delivered or evaluated late, or is overdue. Its times are real.
type LateRevision struct {
	Item        string
	DC          string
	Description string
	Revision    int64
	PublishedAt time.Time
	AppliedAt   time.Time
	DeliveredAt *time.Time // nil while the consumer does not hold it
	EvaluatedAt *time.Time // of the first evaluation on it or a newer one
	Undelivered bool       // late on its way to the consumer
	Unevaluated bool       // late at the evaluation
}
