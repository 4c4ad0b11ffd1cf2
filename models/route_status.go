package models

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// RouteStatus is how a subscription stands: what it has, what is to come, and
// how its deliveries went over a period.
type RouteStatus struct {
	Name        string
	URL         string
	Types       []string
	DCs         []string   // empty takes all
	Condition   string     // in CEL, empty takes all
	OldUntil    *time.Time // until when the secret before the present one signs too
	State       string     // active, paused, disabled
	DisabledWhy string
	Failures    int // in a row
	NextAttempt time.Time
	Backlog     int64
	AtLeast     bool       // the backlog is counted up to a bound only
	OldestAt    *time.Time // since when the first of the backlog waits
	LastAt      *time.Time // the newest successful delivery
	Refused     int64      // events set aside, for a person to decide on
	Delivered   int64      // events in the period
	Attempts    int64
	Failed      int64
	Spread      Histogram // of the successful calls
}

// Takes reports whether the subscription is sent anything of a DC; of all for an empty one.
func (r RouteStatus) Takes(dc string) bool {
	return dc == "" || len(r.DCs) == 0 || slices.Contains(r.DCs, dc)
}

// RouteSecret is what may be shown of a route's signing secret.
type RouteSecret struct {
	Route       string
	Fingerprint string
	Declared    bool       // throughline.yaml names the variable that holds one
	RotatedAt   *time.Time // when it was made on the page; nil when it was not
	OldUntil    *time.Time // until when the one before it signs too
}

// DeliveryAttempt is one call to a subscriber.
type DeliveryAttempt struct {
	ID           int64
	Subscription string
	Shard        int16
	FromPos      int64
	ToPos        int64
	MessageID    string
	Events       int64
	Attempt      int
	StartedAt    time.Time
	EndedAt      time.Time
	Status       int // of HTTP; 0 when there was no answer
	Outcome      string
	Class        string
	Error        string
	FromSeq      int64
	ToSeq        int64
	Answer       string // the beginning of the body, when it was not taken
}

// RecentDeliveries is among how many of the newest deliveries a list is sorted by
// what has no index.
const RecentDeliveries = 5000

// DeliveryQuery asks for the attempts at one subscriber.
type DeliveryQuery struct {
	Subscription string
	Failed       bool    // only those that failed
	By           Sorting // when or, among the RecentDeliveries, outcome, events, attempt, took, answer; the newest first for anything else
	After        string  // of the page before; empty for the first
	Limit        int
}

// DeliveryPage is a part of a list of attempts. Next is empty on the last page.
type DeliveryPage struct {
	Rows []DeliveryAttempt
	Next string
}

// Failed reports whether the subscriber did not take the message.
func (d DeliveryAttempt) Failed() bool { return d.Outcome == "failed" }

// ERPWriteDetail is an ERP write with its attempts, the oldest first.
type ERPWriteDetail struct {
	ERPWrite
	Item, DC   string
	Actor      string // who approved it
	ApprovedAt *time.Time
	Tries      []ERPWriteAttempt
	Exceptions []Exception
	Value      decimal.Decimal // of the order, in Currency
	Currency   string
	Same       []FailingWrite // others that fail with the same words
	MoreSame   bool           // there are more than are listed
	Received   string         // the recommendation as its source sent it; empty once retention has taken it
}

// FailingWrite is an ERP write that is not made yet, in a list of such.
type FailingWrite struct {
	ID                                 int64
	Recommendation, Item, DC, Supplier string
	Value                              decimal.Decimal
	Currency                           string
	State                              ERPWriteState
	CreatedAt                          time.Time
}

// Open reports whether the write is not at its end.
func (w ERPWriteDetail) Open() bool { return w.State != WriteConfirmed && w.State != WriteDiscarded }
