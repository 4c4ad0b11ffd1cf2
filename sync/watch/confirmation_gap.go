package watch

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// confirmationGap is BIZ-03: a supplier confirmed less than was ordered, later,
// or nothing.
type confirmationGap struct {
	conditions interface {
		supply
		ConfirmationGaps(ctx context.Context, lateDays int) ([]store.OrderGap, error)
	}
	windows Windows
}

func (confirmationGap) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionConfirmationGap}
}

func (d confirmationGap) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	gaps, err := d.conditions.ConfirmationGaps(ctx, d.windows.LateDays)
	if err != nil {
		return nil, err
	}
	var keys []store.ItemDC
	for _, g := range gaps {
		keys = append(keys, store.ItemDC{Item: g.Item, DC: g.DC})
	}
	covers, err := effects(ctx, d.conditions, l, keys)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, g := range gaps {
		signals = append(signals, d.signal(g, d.effect(g, covers, l)))
	}
	return signals, nil
}

// effect compares what was confirmed with what was ordered, until a day after
// the later of the two days.
func (d confirmationGap) effect(g store.OrderGap, covers map[store.ItemDC]store.ItemCover, l Look) lack {
	will, known := covers[store.ItemDC{Item: g.Item, DC: g.DC}]
	if !known {
		return lack{}
	}
	changes := []models.ExpectedReceipt{{Day: g.NeedBy, Quantity: g.Ordered}}
	for _, part := range g.Parts {
		changes = append(changes, models.ExpectedReceipt{Day: part.Day, Quantity: part.Quantity.Neg()})
	}
	should := with(will, changes...)
	return lackOf(will, should, l, latest(g.Promised, g.NeedBy).Add(24*time.Hour), d.windows.MarginPercent)
}

func (d confirmationGap) signal(g store.OrderGap, e lack) models.Signal {
	short := g.Confirmed.LessThan(g.Ordered)
	s := models.Signal{
		Code: models.ExceptionConfirmationGap, Key: g.Number + "|" + strconv.Itoa(g.Line), AlsoTeam: models.TeamPlanner, Currency: g.Currency,
		Title: g.Name + " " + gapWords(g),
		Happened: fmt.Sprintf("%s, line %d: %s of %s for %s, ordered for %s, confirmed %s for %s. %s",
			g.Number, g.Line, amount(g.Ordered, g.Unit), g.Description, g.DC, onDay(g.NeedBy),
			amount(g.Confirmed, g.Unit), onDay(g.Promised), effectWords(g, e)),
		Subject: models.ExceptionSubject{Item: g.Item, DC: g.DC, Supplier: g.Supplier, Document: g.Number, Recommendation: g.Recommendation},
		Risk:    models.Risk{AtLeast: rise(short), Value: e.Value, At: &g.NeedBy},
	}
	if g.Said != "" {
		s.Happened += " " + said(g.Name, g.Said)
	}
	if e.RunsOut() {
		at := e.StockoutAt.Truncate(time.Hour)
		s.Risk.Stockout, s.Risk.Class, s.Risk.At = true, e.Class, &at
	}
	return s
}

// gapWords is "confirmed 40 of 120, 6 days late".
func gapWords(g store.OrderGap) string {
	if g.Confirmed.IsZero() {
		return "rejected " + amount(g.Ordered, g.Unit) + " of " + g.Description
	}
	words := "confirmed " + amount(g.Confirmed, "") + " of " + amount(g.Ordered, "")
	if len(g.Parts) > 1 {
		words += fmt.Sprintf(" in %d parts", len(g.Parts))
	}
	if late := days(g.NeedBy, g.Promised); late == 1 {
		words += ", 1 day late"
	} else if late > 1 {
		words += fmt.Sprintf(", %d days late", late)
	}
	return words
}

func effectWords(g store.OrderGap, e lack) string {
	if !e.RunsOut() {
		return "Stock covers the gap."
	}
	return fmt.Sprintf("Because of it %s runs out at %s on %s.", g.Description, g.DC, onDay(e.StockoutAt))
}
