package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// CoverRow is an item whose available stock at a DC is less than what the
// supplier's lead time will sell, as the newest revision forecasts it.
type CoverRow struct {
	Item        string
	Description string
	Class       string // A, B, C
	Unit        string
	Available   decimal.Decimal
	Demand      decimal.Decimal // over the lead time
	DaysCover   decimal.Decimal // available ÷ mean daily forecast of the lead time
	LeadTime    decimal.Decimal // business days
	OnOrder     decimal.Decimal // of open orders, not yet received
	AsOf        time.Time
}
