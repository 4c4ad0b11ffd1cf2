package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// Position is the stock of an item at a distribution center as it was last
// told: the newest balance and the movements after it. Available is on hand
// less allocated and may be negative; all three are in Unit.
type Position struct {
	Item      string
	DC        string
	OnHand    decimal.Decimal
	Allocated decimal.Decimal
	Available decimal.Decimal
	Unit      string
	Version   int64
	AsOf      time.Time
}
