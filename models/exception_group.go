package models

import "time"

// GroupHours is how far back a group counts its occurrences by the hour.
const GroupHours = 24

// ExceptionGroup is the open exceptions of one code and source.
type ExceptionGroup struct {
	Code        ExceptionCode
	Source      string // empty where no source is concerned
	Priority    Priority
	Why         string // the most urgent of them is as urgent as it is
	Open        int64
	Unowned     int64
	Occurrences int64
	ValueAtRisk Sums `gorm:"serializer:json"`
	FirstAt     time.Time
	LastAt      time.Time
	DueAt       time.Time // the earliest duty of any of them
	// ConsequenceAt is the business time of the earliest stockout or cut-off; nil
	// where none is known.
	ConsequenceAt *time.Time
	// OfOrder tells that the earliest consequence is that of an order that cannot be placed.
	OfOrder   bool
	DCs       int64 `gorm:"column:dcs"`
	Items     int64
	Documents int64
	Parked    int64 // events that only a person sets going
	Waiting   int64 // events that go on by themselves
	Stopped   bool  // a person has to resume the route
	// Hours are the occurrences of each of the last GroupHours hours, the oldest
	// first. What has cleared meanwhile counts too.
	Hours []int64 `gorm:"-"`
}

// Technical reports whether ConsequenceAt counts in real time, as that of the
// exception that has it does.
func (g ExceptionGroup) Technical() bool { return g.Code.Technical() && !g.OfOrder }

// Healing is how a group of exceptions comes to its end.
type Healing string

// The ways: a person has to act, the tower goes on trying, events wait for what
// they need, or the condition has to end at its source.
const (
	HealsByPerson Healing = "person"
	HealsByRetry  Healing = "retry"
	HealsByWait   Healing = "wait"
	HealsAtSource Healing = "source"
)

// Healing tells how the group ends. Parked events are never retried by
// themselves, so one of them is enough to need a person.
func (g ExceptionGroup) Healing() Healing {
	switch {
	case g.Parked > 0 || g.Stopped || g.Code == ExceptionTargetRejects:
		return HealsByPerson
	case g.Code == ExceptionTargetDown || g.Code == ExceptionRateLimited || g.Code == ExceptionBooksOff:
		return HealsByRetry
	case g.Waiting > 0:
		return HealsByWait
	default:
		return HealsAtSource
	}
}
