package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// ResponseLookBack is the time over which answer and repair are told.
const ResponseLookBack = 7 * 24 * time.Hour

// ResponseGroup is how soon the exceptions that opened in a time were answered
// and solved, for one team, stage or DC. Times are real and means (MTTA and
// MTTR), without the time on a shelf; what closed by itself counts in neither.
type ResponseGroup struct {
	By            string // team, stage or dc
	Name          string // empty for what belongs to no DC
	Opened        int64
	Open          int64 // of them, still
	Answered      int64
	Solved        int64 // by a person
	ToAnswer      time.Duration
	ToSolve       time.Duration
	AnsweredInDue int64 // within their clock
}

// Cleared is how many closed by themselves.
func (g ResponseGroup) Cleared() int64 { return g.Opened - g.Open - g.Solved }

// SourceExceptions is how many exceptions a source gave rise to beside the
// events that it sent in the same time.
type SourceExceptions struct {
	Source     string
	Events     int64
	Exceptions int64
}

// PerThousand is the exceptions of a thousand events; false where none came.
func (s SourceExceptions) PerThousand() (decimal.Decimal, bool) {
	if s.Events == 0 {
		return decimal.Zero, false
	}
	return decimal.NewFromInt(1000 * s.Exceptions).Div(decimal.NewFromInt(s.Events)), true
}
