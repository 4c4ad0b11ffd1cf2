package watch

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// unconfirmed is BIZ-04: a supplier has not answered an order in time.
type unconfirmed struct {
	conditions interface {
		Unconfirmed(ctx context.Context, business time.Time) ([]store.LateOrder, error)
	}
	windows Windows
}

func (unconfirmed) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionUnconfirmed}
}

func (d unconfirmed) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	late, err := d.conditions.Unconfirmed(ctx, l.Business)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, o := range late {
		signals = append(signals, models.Signal{
			Code: models.ExceptionUnconfirmed, Key: o.Number, Currency: o.Currency,
			Title: fmt.Sprintf("%s has not confirmed %s", o.Name, o.Number),
			Happened: fmt.Sprintf("%s for %s, worth %s and needed by %s, should have been confirmed by %s.",
				o.Number, o.DC, money(o.Value, o.Currency), onDay(o.NeedBy), onDay(o.Due)),
			Subject: models.ExceptionSubject{Item: o.Item, DC: o.DC, Supplier: o.Supplier, Document: o.Number},
			Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: &o.NeedBy},
		})
	}
	return signals, nil
}

// lateInbound is BIZ-05: an announced shipment was not received in time.
type lateInbound struct {
	conditions interface {
		supply
		LateShipments(ctx context.Context, business time.Time) ([]store.LateOrder, error)
	}
	windows Windows
}

func (lateInbound) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionLateInbound}
}

func (d lateInbound) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	late, err := d.conditions.LateShipments(ctx, l.Business)
	if err != nil {
		return nil, err
	}
	var keys []store.ItemDC
	for _, o := range late {
		keys = append(keys, store.ItemDC{Item: o.Item, DC: o.DC})
	}
	covers, err := effects(ctx, d.conditions, l, keys)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, o := range late {
		signals = append(signals, d.signal(o, covers, l))
	}
	return signals, nil
}

func (d lateInbound) signal(o store.LateOrder, covers map[store.ItemDC]store.ItemCover, l Look) models.Signal {
	hurts := d.windows.due(models.PromiseReceived, d.windows.Received)(o.DC, o.Due)
	s := models.Signal{
		Code: models.ExceptionLateInbound, Key: o.Number + "|" + strconv.Itoa(o.Line) + "|" + o.Document, AlsoTeam: models.TeamPlanner, Currency: o.Currency,
		Title: fmt.Sprintf("%s from %s is %d days late at %s", o.Document, o.Name, days(o.NeedBy, l.Today()), o.DC),
		Happened: fmt.Sprintf("%s of %s on %s were announced for %s and have not been received.",
			amount(o.Quantity, ""), o.Item, o.Number, onDay(o.NeedBy)),
		Subject: models.ExceptionSubject{Item: o.Item, DC: o.DC, Supplier: o.Supplier, Document: o.Number},
		Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: &hurts},
	}
	should, known := covers[store.ItemDC{Item: o.Item, DC: o.DC}]
	if !known {
		return s
	}
	// An overdue receipt counts as there; without it is how things are.
	will := with(should, models.ExpectedReceipt{Day: o.NeedBy, Quantity: o.Quantity.Neg()})
	if e := lackOf(will, should, l, l.Business.Add(should.LeadTime), d.windows.MarginPercent); e.RunsOut() {
		at := e.StockoutAt.Truncate(time.Hour)
		s.Risk.Stockout, s.Risk.Class, s.Risk.Value, s.Risk.At = true, e.Class, e.Value, &at
		s.Happened += fmt.Sprintf(" Without them the item runs out on %s.", onDay(e.StockoutAt))
	}
	return s
}
