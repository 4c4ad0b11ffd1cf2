package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// ComparedOrder is one of two orders that may be the same one twice, as it
// stands in the ERP.
type ComparedOrder struct {
	Number    string
	Reference string // TL-… when the tower made it
	State     string
	Quantity  decimal.Decimal
	Unit      string
	NeedBy    time.Time // business day
	OrderedAt time.Time // real time
	Confirmed *decimal.Decimal
	Promised  *time.Time // business day
}
