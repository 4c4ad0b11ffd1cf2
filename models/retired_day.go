package models

import "time"

// RetiredDay is what retention has taken of the log for a day.
type RetiredDay struct {
	Day               time.Time // of the reception, UTC
	Events            int64
	FirstSeq, LastSeq *int64 // of its events; nil where there were none
	Stubs             int64  // of its events, kept without their payload
	StubsGone         int64  // of these, that have gone since
	StubsGoneAt       *time.Time
	Bytes             int64 // that the drop gave back, indexes included
	DroppedAt         time.Time
}
