package watch

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
)

// stockout is BIZ-01: stock runs out before an order placed now could arrive,
// with every open receipt counted.
type stockout struct {
	conditions interface {
		ShortOfCover(ctx context.Context, today time.Time) ([]store.ItemCover, error)
	}
	windows Windows
}

func (stockout) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionStockout}
}

func (d stockout) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	candidates, err := d.conditions.ShortOfCover(ctx, l.Today())
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, c := range candidates {
		p := c.Project(l.Business, l.Business.Add(c.LeadTime))
		if p.RunsOut() && !p.Shortage.LessThan(d.least(c)) {
			signals = append(signals, d.signal(c, p, l))
		}
	}
	return signals, nil
}

// least is the shortage from which on somebody has to act: below a day's demand
// it lies within what a forecast can tell.
func (d stockout) least(c store.ItemCover) decimal.Decimal {
	if len(c.Daily) == 0 {
		return d.windows.MinShortage
	}
	days := decimal.NewFromInt(int64(d.windows.ShortDays))
	return decimal.Max(d.windows.MinShortage, decimal.Avg(c.Daily[0], c.Daily[1:]...).Mul(days))
}

// signal tells the hour in which stock runs out, so that a projection that moves by
// minutes does not rewrite its row; once it is out, the instant at which it was.
func (d stockout) signal(c store.ItemCover, p models.Projection, l Look) models.Signal {
	margin := models.UnitMargin(c.Price, c.Cost, d.windows.MarginPercent)
	runsOut, on, since, at := "runs out", " "+when(p.StockoutAt, l), "", p.StockoutAt.Truncate(time.Hour)
	if !c.OutSince.IsZero() {
		at = l.Clock.At(c.OutSince)
		runsOut, on, since = "is out of stock", "", " since "+onDay(at)
	}
	return models.Signal{
		Code: models.ExceptionStockout, Key: c.Item + "|" + c.DC, AlsoTeam: models.TeamProcurement, Currency: c.Currency,
		Title: fmt.Sprintf("%s %s at %s%s", c.Description, runsOut, c.DC, on),
		Happened: fmt.Sprintf("%s available%s; %s short before an order placed now could arrive on %s. %s",
			amount(c.Available, c.Unit), since, amount(p.Shortage.Ceil(), c.Unit), onDay(l.Business.Add(c.LeadTime)), nextReceipt(c, l)),
		Subject: models.ExceptionSubject{Item: c.Item, DC: c.DC, Supplier: c.Supplier},
		Risk: models.Risk{
			Stockout: true, Class: c.Class, Value: p.Shortage.Mul(margin).Round(2), At: &at,
		},
	}
}

func when(at time.Time, l Look) string {
	switch n := days(l.Today(), at.UTC().Truncate(24*time.Hour)); n {
	case 0:
		return "today"
	case 1:
		return "tomorrow"
	default:
		return "on " + onDay(at)
	}
}

func nextReceipt(c store.ItemCover, l Look) string {
	var next *models.ExpectedReceipt
	for i, r := range c.Receipts {
		if r.Quantity.IsPositive() && (next == nil || r.Day.Before(next.Day)) {
			next = &c.Receipts[i]
		}
	}
	switch {
	case next == nil:
		return "Nothing is on order."
	case next.Day.Before(l.Today()):
		return fmt.Sprintf("%s were due on %s.", amount(next.Quantity, c.Unit), onDay(next.Day))
	default:
		return fmt.Sprintf("The next receipt is %s on %s.", amount(next.Quantity, c.Unit), onDay(next.Day))
	}
}
