package main

import (
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"throughline/sync/simulator/demodata/clean"
)

// world is what goes into the extract; its exported fields are the counts
// that ORIGIN.md states.
type world struct {
	Retail  clean.Report
	Vendors clean.VendorReport

	// Articles is the number of articles the items were chosen from.
	Articles  int
	Items     []clean.Article
	Suppliers int
	Pieces    int // demand of the chosen items
	Cells     int // item-DC-days with demand

	sales   []clean.Sale
	vendors []clean.Vendor
	demand  map[series]map[int]int
}

// series is the demand of an item in a DC.
type series struct{ item, dc string }

// minOrderValue is what a supplier's minimum order is worth at cost, pounds.
var minOrderValue = decimal.NewFromInt(40)

// costShare is the purchase price as a share of the list price; the data has
// no purchase prices.
var costShare = decimal.RequireFromString("0.55")

func (w *world) choose() {
	articles := clean.Articles(w.sales)
	w.Articles = len(articles)
	w.Items = assortment().Choose(articles)
	w.vendors = w.vendors[:min(len(w.vendors), len(supplierNames))]
	w.Suppliers = len(w.vendors)
	w.demand = make(map[series]map[int]int)
	chosen := make(map[string]bool, len(w.Items))
	for _, item := range w.Items {
		chosen[item.Code] = true
	}
	for _, sale := range w.sales {
		if !chosen[sale.Code] {
			continue
		}
		key := series{sale.Code, clean.DC(sale)}
		if w.demand[key] == nil {
			w.demand[key] = make(map[int]int)
		}
		w.demand[key][int(sale.At.Sub(firstDay).Hours()/24)] += sale.Quantity
		w.Pieces += sale.Quantity
	}
	for _, days := range w.demand {
		w.Cells += len(days)
	}
}

// supplierOf gives a family of articles (the same first four digits) the same
// supplier.
func (w *world) supplierOf(code string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(code[:4])) // a hash never fails to write
	return int(h.Sum32() % uint32(len(w.vendors)))
}

func cost(price decimal.Decimal) decimal.Decimal {
	return decimal.Max(price.Mul(costShare).Round(2), decimal.New(1, -2))
}

// minimumOrder is the least number of whole packs worth minOrderValue.
func minimumOrder(item clean.Article) int {
	packCost := cost(item.Price).Mul(decimal.NewFromInt(int64(item.Pack)))
	packs := minOrderValue.Div(packCost).Ceil().IntPart()
	return int(packs) * item.Pack
}

func (w *world) sortedSeries() []series {
	return slices.SortedFunc(maps.Keys(w.demand), func(a, b series) int {
		if a.item != b.item {
			return strings.Compare(a.item, b.item)
		}
		return strings.Compare(a.dc, b.dc)
	})
}
