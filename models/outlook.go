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

// ArrivalOf is the business day on which a proposal that is ordered at business
// time now can be there: its need-by day, or the end of the lead time if later.
// How long a transfer is on its way is not known; it counts as there the next day.
func (o Outlook) ArrivalOf(p Proposal, now time.Time) time.Time {
	onTheWay := o.LeadTime
	if p.FromDC != "" {
		onTheWay = businessDay
	}
	return later(p.NeedBy, now.Add(onTheWay).Truncate(businessDay))
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
