package handlers

import (
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// outlookDays is how far a review looks ahead, in business days.
const outlookDays = 30

// outlookView draws what becomes of stock with and without the order; nil once
// the order is made, or where no forecast says what will be sold.
func outlookView(r models.Review, business time.Time) *pages.Outlook {
	ordered := r.State == models.ProposalOrdered
	if !r.Outlook.Known || ordered {
		return nil
	}
	arrives := r.Outlook.ArrivalOf(r.Proposal, business)
	without := r.Outlook.Cover
	with := without.With(arrives, r.Quantity)
	horizon := business.Add(outlookDays * 24 * time.Hour)
	chart := ui.TimeSeries{
		ID: "review-stock", Title: "Projected stock at the end of each business day, " + r.Unit, Unit: r.Unit, Height: 130, FromZero: true,
		Series: []ui.Series{{Name: "with the order"}, {Name: "without it", Dashed: true}},
	}
	withDays, withoutDays := with.Days(business, outlookDays), without.Days(business, outlookDays)
	for i, day := range withDays {
		chart.Times = append(chart.Times, day.Day)
		chart.Series[0].Values = append(chart.Series[0].Values, plotted(day.Left))
		chart.Series[1].Values = append(chart.Series[1].Values, plotted(withoutDays[i].Left))
	}
	return &pages.Outlook{
		Chart: chart,
		Facts: []ui.KeyValue{
			{Key: "Without it", Value: stockoutCell(without.Project(business, horizon), r.Unit)},
			{Key: "With it", Value: stockoutCell(with.Project(business, horizon), r.Unit), Note: "if it arrives on " + arrives.Format("Mon 2 Jan")},
		},
		Note: "Forecast revision " + versionText(r.Outlook.Revision) + " and what open orders promise, the next " + strconv.Itoa(outlookDays) + " business days.",
	}
}

// stockoutCell says when stock runs out within the horizon, and how much is short at worst.
func stockoutCell(p models.Projection, unit string) templ.Component {
	if !p.RunsOut() {
		return ui.Text("lasts " + strconv.Itoa(outlookDays) + " days")
	}
	return ui.Change("runs out "+p.StockoutAt.Format("Mon 2 Jan")+", "+demandText(p.Shortage, unit)+" short at worst", ui.P2)
}

func plotted(d decimal.Decimal) *float64 {
	f := d.InexactFloat64()
	return &f
}

// sourceFacts is how the one who would deliver kept its word.
func sourceFacts(r models.Review) []ui.KeyValue {
	h := r.History
	if h.Lines == 0 {
		return []ui.KeyValue{{Key: sourceOf(r.Approval), Value: ui.Muted("no order before this one")}}
	}
	share := func(part, whole int) string {
		if whole == 0 {
			return "–"
		}
		return ui.Percent(decimal.NewFromInt(int64(part)).Div(decimal.NewFromInt(int64(whole))))
	}
	facts := []ui.KeyValue{{Key: sourceOf(r.Approval), Value: ui.Text(counted(int64(h.Lines), "order line")), Note: "the newest, confirmed " + ui.Count(int64(h.Confirmed))}}
	if h.Confirmed > 0 {
		facts = append(facts,
			ui.KeyValue{Key: "Answers after", Value: ui.Text(ui.Took(h.ResponseP50)), Note: "p90 " + ui.Took(h.ResponseP90) + ", real time"},
			ui.KeyValue{Key: "Confirms in full", Value: ui.Text(share(h.InFull, h.Confirmed)), Note: "for the day asked: " + share(h.InTime, h.Confirmed)})
	}
	return append(facts, ui.KeyValue{Key: "Received in full", Value: ui.Text(share(h.ReceivedAll, h.Received)), Note: "of " + counted(int64(h.Received), "line") + " received"})
}
