package models

import "time"

// CutOff is the next moment at a DC after which a waiting recommendation can
// no longer be ordered in time. At and Passed are business time.
type CutOff struct {
	DC      string
	At      *time.Time // nil when all have passed
	Passed  *time.Time // the first that has passed with a recommendation still waiting; nil for none
	Waiting int        // recommendations that must be decided by then
	Missed  int        // waiting ones whose own cut-off has passed
	Value   Sums       `gorm:"serializer:json"`
}

// MyDay is what needs a planner before cut-off.
type MyDay struct {
	ByPriority    map[Priority]int      // exceptions that planners own
	ByCode        map[ExceptionCode]int // the same
	AlsoByCode    map[ExceptionCode]int // those of others on which planners may act
	CutOffs       []CutOff
	Changed       int // exceptions of their own opened or changed since the reader last looked
	ChangedFrom   time.Time
	Questions     []ProposalQuestion // open ones about what waits, the oldest first
	OpenQuestions int                // all of them
}
