package models

import (
	"regexp"
	"strings"
)

// gtinDigits is the length to which GS1 fills every GTIN with leading zeros.
const gtinDigits = 14

var gtinPattern = regexp.MustCompile(`^([0-9]{8}|[0-9]{12,14})$`)

// GTIN is a Global Trade Item Number as its source writes it: 8, 12, 13 or 14
// digits, of which the last is the check digit. It is empty where an item has none.
type GTIN string

// NewGTIN appends the check digit to the digits before it. It is calculated as
// the GS1 General Specifications say: from the right the digits weigh 3 and 1 in
// turns, and the check digit fills the sum up to a multiple of ten.
func NewGTIN(digits string) GTIN {
	sum := 0
	for i := range len(digits) {
		weight := 1
		if (len(digits)-i)%2 == 1 {
			weight = 3
		}
		sum += weight * int(digits[i]-'0')
	}
	return GTIN(digits + string(rune('0'+(10-sum%10)%10)))
}

// Valid reports whether it has one of the lengths and the right check digit.
func (g GTIN) Valid() bool {
	return gtinPattern.MatchString(string(g)) && g == NewGTIN(string(g[:len(g)-1]))
}

// Normalised is the number in 14 digits, under which its shorter forms are the
// same; empty when it is not valid.
func (g GTIN) Normalised() string {
	if !g.Valid() {
		return ""
	}
	return strings.Repeat("0", gtinDigits-len(g)) + string(g)
}
