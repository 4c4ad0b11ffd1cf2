package handlers

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
)

// dimension is one way to cut what gathers; name is its parameter in the address.
type dimension struct {
	name, id, title, plural string
	of                      func(models.Concentration) (key, name string)
}

var (
	byDC       = dimension{"dc", "dcs", "DC", "DCs", func(c models.Concentration) (string, string) { return c.DC, "" }}
	bySupplier = dimension{"supplier", "suppliers", "Supplier", "Suppliers", func(c models.Concentration) (string, string) { return c.Supplier, c.SupplierName }}
	byCategory = dimension{"category", "categories", "Category", "Categories", func(c models.Concentration) (string, string) { return c.Category, "" }}
	byClass    = dimension{"class", "classes", "ABC class", "Classes", func(c models.Concentration) (string, string) { return c.Class, "" }}

	dimensions = []dimension{bySupplier, byCategory, byDC, byClass}
)

// heatPair is what a heat table sets against each other.
type heatPair struct{ rows, columns dimension }

// heatPairs are by their name in the address; the first one is shown unless another is asked for.
var heatPairs = []heatPair{{bySupplier, byDC}, {byCategory, byDC}, {byCategory, bySupplier}}

func (p heatPair) name() string { return p.rows.name + "-" + p.columns.name }

func (p heatPair) title() string { return p.rows.title + " by " + p.columns.title }

// concentrationCut is a cut as it stands in the address: a value by dimension,
// which pair the heat table shows, and by what the course goes.
type concentrationCut struct {
	values   map[string]string
	pair, by string
}

func readConcentrationCut(c echo.Context) concentrationCut {
	cut := concentrationCut{values: map[string]string{}, pair: c.QueryParam("heat"), by: c.QueryParam("by")}
	for _, by := range dimensions {
		cut.values[by.name] = c.QueryParam(by.name)
	}
	return cut
}

func (cut concentrationCut) filter() models.ConcentrationFilter {
	v := cut.values
	return models.ConcentrationFilter{DC: v["dc"], Supplier: v["supplier"], Category: v["category"], Class: v["class"]}
}

// narrowed tells whether the cut leaves anything out.
func (cut concentrationCut) narrowed() bool {
	return cut.filter() != models.ConcentrationFilter{}
}

// empty says that nothing gathers, in the cut or at all.
func (cut concentrationCut) empty() ui.Notice {
	if cut.narrowed() {
		return ui.Notice{Title: "No exception of stock is open here", Detail: "Choose another DC, supplier, category or class, or clear the filter."}
	}
	return ui.Notice{Title: "No exception of stock is open", Detail: "What puts an item at a DC at risk gathers here."}
}

// heat is the pair that is asked for, the first for one that there is not.
func (cut concentrationCut) heat() heatPair {
	at := slices.IndexFunc(heatPairs, func(p heatPair) bool { return p.name() == cut.pair })
	return heatPairs[max(at, 0)]
}

// with is the cut narrowed to one key of a dimension, which may be empty.
func (cut concentrationCut) with(by dimension, key string) concentrationCut {
	narrowed := concentrationCut{values: map[string]string{}, pair: cut.pair, by: cut.by}
	maps.Copy(narrowed.values, cut.values)
	narrowed.values[by.name] = cmp.Or(key, models.NotKnown)
	return narrowed
}

func (cut concentrationCut) pairs() []string {
	pairs := []string{"heat", cut.pair, "by", cut.by}
	for _, by := range dimensions {
		pairs = append(pairs, by.name, cut.values[by.name])
	}
	return pairs
}

// address leads to the exceptions behind the cut.
func (cut concentrationCut) address() string {
	return addressOf(concentrationPath, cut.pairs()...) + "#behind"
}

func (cut concentrationCut) page(page string) string {
	return addressOf(concentrationPath, append(cut.pairs(), "page", page)...) + "#behind"
}

// bar offers what the whole holds, so that a cut leads straight to another.
func (cut concentrationCut) bar(all []models.Concentration) ui.FilterBar {
	bar := ui.FilterBar{Action: concentrationPath}
	for _, by := range dimensions {
		chosen := cut.values[by.name]
		bar.Fields = append(bar.Fields, ui.FilterField{Name: by.name, Label: by.title, Value: chosen, Options: keyOptions(by, all, chosen)})
	}
	heat := ui.FilterField{Name: "heat", Label: "Heat table", Value: cut.pair}
	for i, pair := range heatPairs {
		option := ui.Option{Value: pair.name(), Label: pair.title()}
		if i == 0 {
			option.Value = ""
		}
		heat.Options = append(heat.Options, option)
	}
	bar.Fields = append(bar.Fields, heat, courseField(cut))
	if cut.narrowed() {
		bar.ClearHref = addressOf(concentrationPath, "heat", cut.pair, "by", cut.by)
	}
	return bar
}

// keyOptions are the keys of a dimension in their order, with the chosen one.
func keyOptions(by dimension, all []models.Concentration, chosen string) []ui.Option {
	keys := []string{}
	names := map[string]string{}
	for _, c := range all {
		key, name := by.of(c)
		keys, names[cmp.Or(key, models.NotKnown)] = append(keys, cmp.Or(key, models.NotKnown)), name
	}
	if chosen != "" {
		keys = append(keys, chosen)
	}
	slices.Sort(keys)
	options := []ui.Option{{Label: "All"}}
	for _, key := range slices.Compact(keys) {
		option := ui.Option{Value: key, Label: strings.TrimSpace(key + " " + names[key])}
		if key == models.NotKnown {
			option.Label = "not known"
		}
		options = append(options, option)
	}
	return options
}

// rowID is a row's id in the page: a key may have spaces, an id none.
func rowID(table, key string) string { return table + "-" + strings.ReplaceAll(key, " ", "-") }
