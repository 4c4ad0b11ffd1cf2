package models

import "time"

// CatchUp is what the tower asked a source for while an exception says that
// something of it did not come. All times but the source's own are real.
type CatchUp struct {
	Since   time.Time // first asked
	Times   int
	AskedAt time.Time // last
	Answer  string    // to the last asking, in words; empty until it is there, and where balances came
	Came    int64     // balances
}
