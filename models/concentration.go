package models

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Concentration is what the open exceptions of stock put at risk for one DC,
// supplier, category and ABC class. Items are items at the DC, each counted once and at
// the largest value that one of its exceptions puts at risk, in the company's currency.
type Concentration struct {
	DC           string
	Supplier     string // empty where it is not known, as the next three
	SupplierName string
	Category     string
	Class        string
	Items        int64
	Exceptions   int64
	Value        decimal.Decimal
	Foreign      int64 // items with a value in another currency than the company's, which is left out
}

// NotKnown asks for what has no supplier, category or class. No key of the contracts
// has the character in it.
const NotKnown = "|"

// ConcentrationFilter is a cut of what gathers; an empty part leaves nothing out.
type ConcentrationFilter struct{ DC, Supplier, Category, Class string }

// GatheredException is one open exception of stock behind a cut, with the item
// that it is about.
type GatheredException struct {
	Exception   int64
	Title       string
	Happened    string
	Priority    Priority
	State       ExceptionState
	Owner       string
	OpenedAt    time.Time // real
	Value       decimal.Decimal
	Currency    string
	Item        string
	Description string
	DC          string
	Supplier    string
	Category    string
}

// GatheredDay is what exceptions of stock came to in one business day of a cut, or in
// the week or month that begins with it.
// Value is what stood at its end, or stands now, in the company's currency: each
// item at a DC once and at the last figure known of it.
type GatheredDay struct {
	Day    time.Time // business time
	Opened int64
	Open   int64 // at the end of it, or now
	Value  decimal.Decimal
}

// ParetoRow is one DC, supplier, category or class among all. Shares are of the value of
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
		before = before.Add(rows[i].Value)
		if all.IsPositive() {
			rows[i].Share, rows[i].Cumulated = rows[i].Value.Div(all), before.Div(all)
		}
	}
	return rows
}
