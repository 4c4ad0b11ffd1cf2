package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// SalesOrderLine is what is known of a line of a sales order. Its order and its
// allocation are told apart and either may come first: Ordered and Allocated are
// nil, and their event 0, until they have come.
type SalesOrderLine struct {
	Line          int
	Item          string
	Description   string
	DC            string
	Unit          string
	Ordered       *decimal.Decimal
	Allocated     *decimal.Decimal
	RequestedDate *time.Time // business day
	OrderSeq      int64
	OrderedAt     *time.Time // real
	AllocationSeq int64
	AllocatedAt   *time.Time // real
}

// Open is what is ordered and not allocated, nil until both are known.
func (l SalesOrderLine) Open() *decimal.Decimal {
	if l.Ordered == nil || l.Allocated == nil {
		return nil
	}
	open := decimal.Max(decimal.Zero, l.Ordered.Sub(*l.Allocated))
	return &open
}

// SalesOrderBasis is a recommendation beside a line of a sales order. Counted
// tells that the stock figure it stands on is from the allocation or later.
type SalesOrderBasis struct {
	Line           int
	Recommendation string
	Item           string
	DC             string
	Quantity       decimal.Decimal
	Unit           string
	ComputedAt     time.Time // real
	StockAsOf      time.Time // real
	Counted        bool
}

// SalesOrderDetail is a sales order with what replenishment made of it: of each line
// the recommendations nearest to its allocation, from before it and after it.
type SalesOrderDetail struct {
	Number string
	Lines  []SalesOrderLine
	Bases  []SalesOrderBasis
}
