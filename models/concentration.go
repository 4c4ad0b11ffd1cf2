package models

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"
)

// Concentration is what the open exceptions of stock put at risk for one DC,
// supplier and ABC class. Items are items at the DC, each counted once and at
// the largest value that one of its exceptions puts at risk, in the company's currency.
type Concentration struct {
	DC           string
	Supplier     string // empty where it is not known, as the next two
	SupplierName string
	Class        string
	Items        int64
	Exceptions   int64
	Value        decimal.Decimal
	Foreign      int64 // items with a value in another currency than the company's, which is left out
}

// ParetoRow is one DC, supplier or class among all. Shares are of the value of
// all; Cumulated counts those before it as well.
type ParetoRow struct {
	Key, Name  string
	Items      int64
	Exceptions int64
	Value      decimal.Decimal
	Share      decimal.Decimal
	Cumulated  decimal.Decimal
}

// Pareto adds up the cells by what key says of them, the dearest first.
func Pareto(cells []Concentration, key func(Concentration) (key, name string)) []ParetoRow {
	var rows []ParetoRow
	var all decimal.Decimal
	for _, c := range cells {
		k, name := key(c)
		i := slices.IndexFunc(rows, func(r ParetoRow) bool { return r.Key == k })
		if i < 0 {
			i = len(rows)
			rows = append(rows, ParetoRow{Key: k, Name: name})
		}
		r := &rows[i]
		r.Items, r.Exceptions, r.Value = r.Items+c.Items, r.Exceptions+c.Exceptions, r.Value.Add(c.Value)
		all = all.Add(c.Value)
	}
	slices.SortStableFunc(rows, func(a, b ParetoRow) int {
		return cmp.Or(b.Value.Cmp(a.Value), cmp.Compare(b.Exceptions, a.Exceptions), cmp.Compare(a.Key, b.Key))
	})
	var before decimal.Decimal
	for i := range rows {
		if all.IsPositive() {
			rows[i].Share = rows[i].Value.Div(all)
		}
		before = before.Add(rows[i].Share)
		rows[i].Cumulated = before
	}
	return rows
}
