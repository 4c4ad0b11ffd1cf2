// Package demodata carries the demo distributor's world: items, DCs and
// suppliers, and the real daily demand of each item in each DC, as a compact
// extract of two public data sets. ORIGIN.md beside the files says where they
// come from, under which licence, and what was cleaned.
package demodata

import "github.com/shopspring/decimal"

// DataDays is the number of days the demand data covers, day 0 being
// 2010-12-01, a Wednesday.
const DataDays = 374

// wrapDays is 53 weeks: when the data ends, it starts again on the same
// weekday.
const wrapDays = 53 * 7

// Item is an article of the distributor. Prices are pounds sterling a piece;
// Pack and MOQ (the supplier's minimum order) are pieces.
type Item struct {
	Code        string
	Description string
	Class       string // A, B or C
	Supplier    string
	Price       decimal.Decimal
	Cost        decimal.Decimal
	Pack        int
	MOQ         int
}

// DC is a distribution centre.
type DC struct{ Code, Name, Country, TimeZone string }

// Supplier delivers items; Deliveries is the distribution of its real lead
// times and lateness.
type Supplier struct {
	Code, Name string
	Deliveries []Delivery
}

// Delivery is one outcome of a purchase order with its Weight among the
// supplier's outcomes: Lead business days from order to arrival, the last Late
// of them after the promised date.
type Delivery struct{ Lead, Late, Weight int }

// Data is the loaded extract. It is read-only and safe for concurrent use.
type Data struct {
	Items     []Item // sorted by code
	DCs       []DC
	Suppliers []Supplier // sorted by code

	demand [][]int32 // [item*len(DCs)+dc][day] pieces
}

// Demand is the number of pieces of Items[item] sold from DCs[dc] on a day of
// the data. Days beyond the end continue 53 weeks earlier; days before the
// start have none.
func (d *Data) Demand(item, dc, day int) int {
	if day < 0 {
		return 0
	}
	if day >= DataDays {
		day = DataDays - wrapDays + (day-DataDays)%wrapDays
	}
	return int(d.demand[item*len(d.DCs)+dc][day])
}

// Promise is the business days from order to arrival that the supplier
// states for an order with this outcome.
func (d Delivery) Promise() int { return d.Lead - d.Late }

// Draw picks an outcome by its weight; the same seed gives the same outcome.
func (s Supplier) Draw(seed uint64) Delivery {
	total := 0
	for _, d := range s.Deliveries {
		total += d.Weight
	}
	at := int(seed % uint64(total))
	for _, d := range s.Deliveries {
		if at < d.Weight {
			return d
		}
		at -= d.Weight
	}
	panic("demodata: weights changed while drawing")
}

// LeadTime is the supplier's usual lead time in business days: the smallest
// one within which at least 80 % of its orders arrive.
func (s Supplier) LeadTime() int {
	var byLead [maxLead + 1]int
	total := 0
	for _, d := range s.Deliveries {
		byLead[d.Lead] += d.Weight
		total += d.Weight
	}
	sum := 0
	for lead, n := range byLead {
		if sum += n; sum*5 >= total*4 {
			return lead
		}
	}
	return maxLead
}
