package models

import "time"

// CatchUp is what the tower asked a source for while an exception says that
// something of it did not come. All times but the source's own are real.
type CatchUp struct {
	Times     int        // 0 where it was never asked, since it is paused
	AskedAt   time.Time  // last
	Answer    string     // to the last asking, in words, or why it is not asked; empty until it is there, and where balances came
	ReadSince *time.Time // since when balances are read; nil until the source has answered, and of a gap
	Came      int64      // balances
}
