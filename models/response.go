package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// ResponseLookBack is the time over which answer and repair are told.
const ResponseLookBack = 7 * 24 * time.Hour

// ResponseGroup is how soon the exceptions that opened in a time were answered
// and solved, for one team, stage or DC. Times are real and means (MTTA and
// MTTR), without the time on a shelf; what closed by itself counts as neither solved
// nor, unless somebody had acknowledged it, answered.
type ResponseGroup struct {
	By            string // team, stage or dc
	Name          string // empty for what belongs to no DC
	Opened        int64
	Open          int64 // of them, still
	Answered      int64
	Solved        int64 // by a person, on the exception or on its cause
	ToAnswer      time.Duration
	ToSolve       time.Duration
	AnsweredInDue int64 // within their clock
}

// Cleared is how many closed by themselves.
func (g ResponseGroup) Cleared() int64 { return g.Opened - g.Open - g.Solved }

// FlowsLookBack is the time over which exceptions are set beside what flowed.
const FlowsLookBack = 6 * time.Hour

// FlowExceptions is how many exceptions a flow gave rise to beside what it
// carried in the same time.
type FlowExceptions struct {
	Kind       HopKind // HopSource, HopRoute or HopERP; empty for what belongs to no flow
	Name       string  // of the source, subscription or ERP; the code of what belongs to none
	Carried    int64   // events of a source, deliveries to a subscription, orders to an ERP
	Exceptions int64
}

// PerThousand is the exceptions of a thousand that were carried; false where
// nothing was.
func (f FlowExceptions) PerThousand() (decimal.Decimal, bool) {
	if f.Carried == 0 {
		return decimal.Zero, false
	}
	return decimal.NewFromInt(1000 * f.Exceptions).Div(decimal.NewFromInt(f.Carried)), true
}
