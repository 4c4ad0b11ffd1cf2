package clean

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// packSizes are the inner packs a wholesaler of small goods uses.
var packSizes = []int{2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 25, 36, 48, 50, 72, 96, 100}

// articleFacts gathers one article's lines.
type articleFacts struct {
	descriptions map[string]int
	quantities   map[int]int
	days         map[string]struct{}
	prices       []decimal.Decimal
	revenue      decimal.Decimal
	first, last  time.Time
}

func newArticleFacts(first time.Time) *articleFacts {
	return &articleFacts{
		descriptions: make(map[string]int),
		quantities:   make(map[int]int),
		days:         make(map[string]struct{}),
		first:        first,
	}
}

func (f *articleFacts) add(sale Sale) {
	if sale.Description != "" {
		f.descriptions[sale.Description]++
	}
	f.quantities[sale.Quantity]++
	f.days[sale.At.Format(time.DateOnly)] = struct{}{}
	f.prices = append(f.prices, sale.Price)
	f.revenue = f.revenue.Add(sale.Price.Mul(decimal.NewFromInt(int64(sale.Quantity))))
	f.last = sale.At
}

func (f *articleFacts) article(code string) Article {
	slices.SortFunc(f.prices, decimal.Decimal.Cmp)
	return Article{
		Code:        code,
		Description: mostFrequent(f.descriptions),
		Price:       f.prices[len(f.prices)/2].Round(2),
		Pack:        f.pack(),
		Revenue:     f.revenue,
		SaleDays:    len(f.days),
		First:       f.first,
		Last:        f.last,
	}
}

func (f *articleFacts) pack() int {
	best, lines := 1, 0
	for _, size := range packSizes {
		if f.quantities[size] > lines {
			best, lines = size, f.quantities[size]
		}
	}
	return best
}

// mostFrequent breaks ties by the alphabet, so that the extract is the same
// each time it is made.
func mostFrequent(counts map[string]int) string {
	best := ""
	for text, n := range counts {
		if n > counts[best] || n == counts[best] && text < best {
			best = text
		}
	}
	return best
}
