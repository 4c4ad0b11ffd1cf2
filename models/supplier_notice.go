package models

import "time"

// NoticeLookBack is how long, in real time, a supplier's notice is shown: nothing
// that follows takes it back, since it is about no order.
const NoticeLookBack = 30 * 24 * time.Hour

// SupplierNotice is what a supplier said of no order in particular, such as that
// it is closed for a week, with what is to be bought from it.
type SupplierNotice struct {
	Seq        int64 // of its event
	Supplier   string
	Name       string // as the master data calls it, the code otherwise
	Kind       string // delay, shortage, rejected, closed
	Message    string
	OccurredAt time.Time  // real
	Waiting    int64      // recommendations to buy from it that wait for a decision
	SeenAt     *time.Time // real; nil until somebody ticked it off
	SeenBy     string
	SeenNote   string
	Total      int64 // notices that one look would read without its limit
}
