package ui

import "github.com/shopspring/decimal"

// shareWidth is the whole of a share, in pixels.
const shareWidth = 56

// shareLength is how long the bar of a share of one is, in pixels.
func shareLength(share decimal.Decimal) string {
	part := decimal.Min(decimal.Max(share, decimal.Zero), decimal.New(1, 0))
	return part.Mul(decimal.New(shareWidth, 0)).StringFixed(1)
}
