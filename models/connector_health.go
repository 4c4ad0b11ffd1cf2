package models

import "time"

// ConnectorHealth is how a source stands with the tower.
type ConnectorHealth struct {
	Source     string
	System     string        // its kind, such as erp
	Interval   time.Duration // how often something useful is expected; zero when nothing is
	LastSentAt *time.Time    // the minute of its newest accepted event of the last day, or later by what took effect
	UsefulAt   *time.Time    // when something of it last took effect
	DueFrom    *time.Time    // from when on the interval counts: since something of it last took effect, at whichever DC, and not before its last pause ends
	NewestAt   *time.Time    // the source's own time of that
	Refused    int64         // within the period
	Lag        Histogram     // from the source's commit to the log, within the period
	Keys       int           // API keys that hold
	OldestKey  *time.Time    // since when the oldest of them holds
	Expires    *time.Time    // when the first of them ends; nil when none does
	Software   string        // what called with its keys last, as it named itself; empty for none
	SoftwareAt *time.Time    // when that was
	PausedTill *time.Time
	Paused     bool
	ReadSince  *time.Time     // since when the tower reads its stock from it, as it is silent; nil when it does not
	Unread     string         // why it cannot, or is not to, in words; empty where nothing holds it up
	ReadDCs    []string       // those that are silent and so read, or cannot be; an empty one stands for all
	Read       int64          // changed balances that came by that
	Open       *OpenException // the most urgent one about the source; of those alike, one that holds up all of it
}

// OpenException names an exception that stands.
type OpenException struct {
	ID       int64
	Code     ExceptionCode
	Priority Priority
	Title    string
}
