package models

import (
	"maps"
	"slices"

	"github.com/shopspring/decimal"
)

// FallbackCurrency is what money is shown in while no item says its currency.
const FallbackCurrency = "GBP"

// UnitMoney stands for the company's currency where a definition is made before it is known.
const UnitMoney = "money"

// Sums are amounts of money added up, those of each currency by themselves:
// nobody declares the rates to add them to each other.
type Sums map[string]decimal.Decimal

// Plus is both together. It changes neither.
func (s Sums) Plus(other Sums) Sums {
	all := maps.Clone(s)
	if all == nil {
		all = Sums{}
	}
	for currency, amount := range other {
		all[currency] = all[currency].Add(amount)
	}
	return all
}

// Others are the currencies other than one in which there is an amount, in order.
func (s Sums) Others(than string) []string {
	var others []string
	for _, currency := range slices.Sorted(maps.Keys(s)) {
		if currency != than && !s[currency].IsZero() {
			others = append(others, currency)
		}
	}
	return others
}
