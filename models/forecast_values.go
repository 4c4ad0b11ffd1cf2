package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// ForecastValues is what a revision expects to be demanded on each business day
// from Start on, in Unit.
type ForecastValues struct {
	Start      time.Time
	Unit       string
	Quantities []decimal.Decimal
}
