package models

import "time"

// Outlook is what is known of the coming supply and demand of an item at a DC.
// Known is false where no forecast covers it.
type Outlook struct {
	Cover
	Known    bool
	LeadTime time.Duration // of the item's supplier, business time
	Revision int64         // of the forecast
	AsOf     time.Time     // of the stock figure, real time
}

// ArrivalOf is the business day on which an order that is placed at business
// time now can be there: its need-by day, or the end of the lead time if later.
func (o Outlook) ArrivalOf(needBy, now time.Time) time.Time {
	return later(needBy, now.Add(o.LeadTime).Truncate(businessDay))
}

// SourceHistory is how a supplier, or a DC that transfers, kept its word on
// the newest order lines. The response times are real time, 0 where nothing
// was confirmed.
type SourceHistory struct {
	Lines       int // order lines looked at
	Confirmed   int
	InFull      int // confirmed with no less than was ordered
	InTime      int // confirmed for the day that was asked for, or earlier
	ResponseP50 time.Duration
	ResponseP90 time.Duration
	Received    int // lines with a receipt
	ReceivedAll int // received with no less than was ordered
	Since       *time.Time
}
