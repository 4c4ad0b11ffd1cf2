package handlers

import (
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

func cells(components ...templ.Component) []templ.Component { return components }

// shownOf says how much of a list is on the page: "200 of 8,412 rows".
func shownOf(shown int, all int64, noun string) string {
	if int64(shown) >= all {
		return counted(all, noun)
	}
	return ui.Count(int64(shown)) + " of " + counted(all, noun)
}

// counted is a number with its noun: "1 event", "12 events".
func counted(n int64, noun string) string { return ui.Count(n) + " " + nounOf(n, noun) }

// nounOf is the noun of a number that stands elsewhere.
func nounOf(n int64, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// stageName is a stage as every page writes it.
func stageName(s models.Stage) string {
	if s == models.StageAPI {
		return "API"
	}
	return capital(string(s))
}

// livePath is the websocket that keeps a page with these topics current.
func livePath(topics ...models.Topic) string {
	query := url.Values{}
	for _, topic := range topics {
		query.Add("topic", string(topic))
	}
	query.Add("topic", string(models.TopicClock)) // every page shows the business clock
	return "/live?" + query.Encode()
}

// riskTable lists exceptions for those who want to know what it costs and who has it.
func riskTable(exceptions []models.Exception, now time.Time) ui.Table {
	table := ui.Table{
		Caption: "Open exceptions by money at risk",
		Columns: []ui.Column{
			{Title: "Priority", Fold: ui.FoldLead}, {Title: "What happened", Fold: ui.FoldGrow}, {Title: "DC"},
			{Title: "At risk", Unit: models.UnitMoney, Number: true, Fold: ui.FoldTrail}, {Title: "Owner"}, {Title: "Clock"},
		},
		Empty: ui.Notice{Title: "Nothing is at risk", Detail: "Open exceptions appear here, the most expensive first."},
	}
	for _, e := range exceptions {
		table.Rows = append(table.Rows, ui.Row{
			ID: "risk-" + strconv.FormatInt(e.ID, 10), Href: "/exceptions/" + strconv.FormatInt(e.ID, 10),
			Cells: cells(ui.SeverityBadge(severityOf(e.Priority)), pages.Titled(e.Headline(), e.Happened), ui.Text(e.Subject.DC),
				ui.Money(ui.Overview(e.ValueAtRisk), e.Currency), ownerCell(e.Owner), ui.Text(ui.Until(e.ResolveDueAt.Sub(now)))),
		})
	}
	return table
}

func ownerCell(owner string) templ.Component {
	if owner == "" {
		return ui.Muted("nobody yet")
	}
	return ui.Text(owner)
}

// entityWord is an entity in business words.
func entityWord(entity string) string {
	words := map[string]string{
		"inventory": "Stock", "forecast": "Forecast", "replenishment": "Decisions", "demand": "Sales",
		"allocation": "Allocations", "purchase_order": "POs", "transfer_order": "Transfers",
		"confirmation": "Confirmed", "asn": "ASNs", "receipt": "Receipts",
		"item": "Items", "supplier": "Suppliers", "location": "DCs",
	}
	if word, ok := words[entity]; ok {
		return word
	}
	return entity
}
