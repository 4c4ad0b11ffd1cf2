package watch

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// supplierWord is what a supplier says of an order line before its papers show
// it, of one code: BIZ-05 is a delay, BIZ-03 is less or nothing. Where its
// confirmation shows it already, the gap carries the words.
type supplierWord struct {
	code       models.ExceptionCode
	conditions interface {
		supply
		SupplierWords(ctx context.Context, lateDays int) ([]store.SupplierWord, error)
	}
	windows Windows
}

func (d supplierWord) Codes() []models.ExceptionCode { return []models.ExceptionCode{d.code} }

func (d supplierWord) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	words, err := d.conditions.SupplierWords(ctx, d.windows.LateDays)
	if err != nil {
		return nil, err
	}
	words = slices.DeleteFunc(words, func(w store.SupplierWord) bool { return wordCode(w.Kind) != d.code })
	var keys []store.ItemDC
	for _, w := range words {
		keys = append(keys, store.ItemDC{Item: w.Item, DC: w.DC})
	}
	covers, err := effects(ctx, d.conditions, l, keys)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, w := range words {
		signals = append(signals, d.signal(w, covers, l))
	}
	return signals, nil
}

// wordCode is the kind of exception that a supplier's word is.
func wordCode(kind string) models.ExceptionCode {
	if kind == "delay" {
		return models.ExceptionLateInbound
	}
	return models.ExceptionConfirmationGap
}

func (d supplierWord) signal(w store.SupplierWord, covers map[store.ItemDC]store.ItemCover, l Look) models.Signal {
	at := w.Promised.Add(d.windows.Received)
	s := models.Signal{
		Code: d.code, Key: w.Number + "|" + strconv.Itoa(w.Line), AlsoTeam: models.TeamPlanner, Currency: w.Currency,
		Title: fmt.Sprintf("%s takes back %s", w.Name, w.Number),
		Happened: fmt.Sprintf("%s, line %d: %s of %s for %s, promised for %s. %s",
			w.Number, w.Line, amount(w.Quantity, w.Unit), w.Description, w.DC, onDay(w.Promised), said(w.Name, w.Message)),
		Subject: models.ExceptionSubject{Item: w.Item, DC: w.DC, Supplier: w.Supplier, Document: w.Number},
		Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: &at},
	}
	if d.code == models.ExceptionLateInbound { // beside a shipment of the line that is late
		s.Key, s.Title = s.Key+"|word", fmt.Sprintf("%s will deliver %s late", w.Name, w.Number)
	}
	should, known := covers[store.ItemDC{Item: w.Item, DC: w.DC}]
	if !known {
		return s
	}
	// The projection counts on the day that was promised; without it is how things may be.
	will := with(should, models.ExpectedReceipt{Day: w.Promised, Quantity: w.Quantity.Neg()})
	if e := lackOf(will, should, l, l.Business.Add(should.LeadTime), d.windows.MarginPercent); e.RunsOut() {
		out := e.StockoutAt.Truncate(time.Hour)
		s.Risk.Stockout, s.Risk.Class, s.Risk.Value, s.Risk.At = true, e.Class, e.Value, &out
		s.Happened += fmt.Sprintf(" Without them the item runs out on %s.", onDay(e.StockoutAt))
	}
	return s
}

// said is a supplier's words, as they are.
func said(name, message string) string {
	return fmt.Sprintf("%s says: “%s”.", name, strings.TrimRight(message, ". "))
}
