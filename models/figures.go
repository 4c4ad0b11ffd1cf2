package models

import (
	"strings"

	"github.com/shopspring/decimal"
)

// Exact writes a decimal with all its digits and thousands separated:
// 12840.5 is "12,840.5".
func Exact(d decimal.Decimal) string {
	whole, fraction, found := strings.Cut(d.Abs().String(), ".")
	out := group(whole)
	if found {
		out += "." + fraction
	}
	if d.IsNegative() {
		return "−" + out
	}
	return out
}

// Count writes a whole number with thousands separated.
func Count(n int64) string { return Exact(decimal.NewFromInt(n)) }

// signed writes a difference with its sign.
func signed(d decimal.Decimal) string {
	if d.IsPositive() {
		return "+" + Exact(d)
	}
	return Exact(d)
}

func group(digits string) string {
	if len(digits) <= 3 {
		return digits
	}
	var out strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}
	return out.String()
}
