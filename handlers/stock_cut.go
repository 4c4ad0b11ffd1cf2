package handlers

import (
	"slices"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
)

// stockCut is the part of the stock that a reader asked for, as the address has it.
type stockCut struct {
	dc, item string
	measure  models.StockMeasure
	show     string
	open     string // the item at the DC whose detail stands beside the list
	page     string
}

// showDiffering asks for what differs only.
const showDiffering = "differing"

func stockCutOf(c echo.Context) stockCut {
	cut := stockCut{dc: c.QueryParam("dc"), item: c.QueryParam("item"), measure: models.MeasureOnHand, show: c.QueryParam("show"), open: c.QueryParam("open")}
	if measure := models.StockMeasure(c.QueryParam("measure")); slices.Contains(models.StockMeasures(), measure) {
		cut.measure = measure
	}
	return cut
}

func (s stockCut) differing() bool { return s.show == showDiffering }

func (s stockCut) filter() models.StockTruthFilter {
	return models.StockTruthFilter{Item: s.item, DC: s.dc, Measure: s.measure, Differing: s.differing()}
}

func (s stockCut) opening(id string) stockCut {
	s.open = id
	return s
}

func (s stockCut) onlyDiffering() stockCut {
	s.show, s.open, s.page = showDiffering, "", ""
	return s
}

func (s stockCut) onPage(page string) string {
	s.open, s.page = "", page
	return s.address()
}

// chosen is the measure as the address has it: nothing for on hand.
func (s stockCut) chosen() string {
	if s.measure == models.MeasureOnHand {
		return ""
	}
	return string(s.measure)
}

func (s stockCut) address() string {
	return addressOf(stockPath, "dc", s.dc, "item", s.item, "measure", s.chosen(), "show", s.show, "open", s.open, "page", s.page)
}

func (s stockCut) bar(dcs []string, result string) ui.FilterBar {
	var measures []ui.Option
	for _, m := range models.StockMeasures() {
		measures = append(measures, ui.Option{Value: stockCut{measure: m}.chosen(), Label: measureWord(m)})
	}
	bar := ui.FilterBar{Action: stockPath, Result: result, Fields: []ui.FilterField{
		{Name: "item", Label: "Item", Value: s.item},
		{Name: "dc", Label: "DC", Value: s.dc, Options: textOptions("All", dcs)},
		{Name: "measure", Label: "Quantity", Value: s.chosen(), Options: measures},
		{Name: "show", Label: "Show", Value: s.show, Options: []ui.Option{{Label: "All"}, {Value: showDiffering, Label: "Only what differs"}}},
	}}
	if s.dc != "" || s.item != "" || s.show != "" {
		bar.ClearHref = stockCut{measure: s.measure}.address()
	}
	return bar
}

func measureWord(m models.StockMeasure) string {
	switch m {
	case models.MeasureAllocated:
		return "Allocated"
	case models.MeasureAvailable:
		return "Available"
	case models.MeasureOnHand:
	}
	return "On hand"
}

func measureMeaning(m models.StockMeasure) string {
	switch m {
	case models.MeasureAllocated:
		return "what of the physical stock is promised to orders"
	case models.MeasureAvailable:
		return "on hand less allocated; less than nothing when more is promised than there is"
	case models.MeasureOnHand:
	}
	return "the physical stock, whether promised or not"
}
