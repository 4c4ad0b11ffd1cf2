package erp

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/chance"
	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/simdb"
)

// How the first stock is laid out, in days of mean demand and percent.
const (
	thresholdDays = 2 // below it a threshold is breached
	safetyDays    = 10
	cycleDays     = 7
	recentDays    = 14
	shortShare    = 1 // item-DCs that need an order at once
	surplusShare  = 3 // item-DCs with far too much
	onOrderShare  = 4 // item-DCs with an open purchase order
	surplusFactor = 3
)

// seed fills an empty database and announces what it put there: masters,
// balances, sales history and open orders.
func (e *ERP) seed(ctx context.Context) error {
	began, err := Began(ctx, e.cfg.DB)
	if err != nil || began {
		return err
	}
	return e.write(ctx, func(s *session) error {
		s.first = true
		e.announceMasters(s)
		for item := range e.cfg.Data.Items {
			for dc := range e.cfg.Data.DCs {
				e.layOut(s, item, dc)
			}
		}
		if err := e.openOrders(ctx, s); err != nil {
			return err
		}
		return simdb.SetState(ctx, s.tx, soldState, position{day: calendar.DataDay(s.business)}.String())
	})
}

// Began reports whether an ERP has traded from this database.
func Began(ctx context.Context, db simdb.Querier) (bool, error) {
	_, found, err := simdb.State(ctx, db, soldState)
	return found, err
}

func (e *ERP) announceMasters(s *session) {
	for _, dc := range e.cfg.Data.DCs {
		s.announce(models.TypeLocationChanged, dc.Code, key{dc: dc.Code}, models.LocationChanged{
			DC: dc.Code, Name: dc.Name, TimeZone: dc.TimeZone, Version: 1,
		})
	}
	for _, supplier := range e.cfg.Data.Suppliers {
		s.announce(models.TypeSupplierChanged, supplier.Code, key{}, models.SupplierChanged{
			Supplier: supplier.Code, Name: supplier.Name, LeadTimeDays: pieces(int64(supplier.LeadTime())),
			CutOff: fmt.Sprintf("%d:00", chance.Between(14, 17, supplier.Code, "cut-off")), Currency: currency, Version: 1,
		})
	}
	for _, item := range e.cfg.Data.Items {
		s.announceItem(item)
	}
}

func (s *session) announceItem(item demodata.Item) {
	s.announce(models.TypeItemChanged, item.Code, key{item: item.Code}, models.ItemChanged{
		Item: item.Code, Description: item.Description, Unit: unit,
		PackSize: pieces(int64(item.Pack)), MOQ: pieces(int64(item.MOQ)),
		UnitCost: item.Cost, UnitPrice: item.Price, Currency: currency,
		ABCClass: item.Class, Supplier: item.Supplier, GTIN: ownGTIN(item.Code), Category: demodata.Category(item.Description), Version: 1,
	})
}

// layOut puts the first stock of an item into a DC and tells its past sales.
func (e *ERP) layOut(s *session, item, dc int) {
	article := e.cfg.Data.Items[item]
	k := key{article.Code, e.cfg.Data.DCs[dc].Code}
	today := calendar.DataDay(s.business)
	sold := make([]int, calendar.HistoryDays)
	history := make([]decimal.Decimal, len(sold))
	for i := range sold {
		sold[i] = e.cfg.Data.Demand(item, dc, today-len(sold)+i)
		history[i] = pieces(int64(sold[i]))
	}
	mean := max(float64(total(sold))/float64(len(sold)), float64(total(sold[len(sold)-recentDays:]))/recentDays)
	s.changed[k] = balance{safety: int64(mean * thresholdDays)}
	s.restate(k, e.firstStock(article, k, mean, sold), 0)
	s.announce(models.TypeSalesHistory, k.subject(), k, models.SalesHistory{
		Item: k.item, DC: k.dc, From: calendar.Day(today - calendar.HistoryDays).Format(time.DateOnly),
		Quantities: history, Unit: unit, Version: 1,
	})
}

// firstStock is what a DC would have in the middle of its life: mostly between
// reorder point and order-up-to level, now and then too little or too much. The
// reorder point stands four fifths of the busiest lead time that was sold.
func (e *ERP) firstStock(item demodata.Item, k key, mean float64, sold []int) int64 {
	exposed := e.suppliers[item.Supplier].LeadTime() + 1
	reorder := max(int(mean*float64(exposed+safetyDays+1)*6/5), busiest(sold, exposed)*4/5)
	upTo := reorder + max(int(mean*cycleDays), item.MOQ)
	switch lot := chance.Percent(k.item, k.dc, "stock"); {
	case lot < shortShare:
		return int64(chance.Between(reorder/3, reorder, k.item, k.dc, "short"))
	case lot < shortShare+surplusShare:
		return int64(upTo * surplusFactor)
	}
	return int64(chance.Between(reorder+1, upTo+1, k.item, k.dc, "usual"))
}

// busiest is the most that was sold in so many days on end.
func busiest(sold []int, days int) int {
	most := 0
	for from := 0; from+days <= len(sold); from++ {
		most = max(most, total(sold[from:from+days]))
	}
	return most
}

func total(sold []int) int {
	sum := 0
	for _, n := range sold {
		sum += n
	}
	return sum
}

// openOrders places purchases of the days before the start, so that goods
// arrive from the first day on.
func (e *ERP) openOrders(ctx context.Context, s *session) error {
	for _, item := range e.cfg.Data.Items {
		for _, dc := range e.cfg.Data.DCs {
			if chance.Percent(item.Code, dc.Code, "on order") >= onOrderShare {
				continue
			}
			ago := chance.Between(0, e.suppliers[item.Supplier].LeadTime(), item.Code, dc.Code, "ago")
			wanted := purchase(item, dc.Code, s.business)
			if _, err := e.take(ctx, s, wanted, s.business.AddDate(0, 0, -ago), taskConfirm); err != nil {
				return err
			}
		}
	}
	return nil
}

// purchase is an order of the ERP's own buyers: the minimum, without a
// reference.
func purchase(item demodata.Item, dc string, business time.Time) models.OrderRequest {
	return models.OrderRequest{
		Kind: kindPurchase, Supplier: item.Supplier, DC: dc, Currency: currency,
		Lines: []models.OrderRequestLine{{
			Line: 1, Item: item.Code, Quantity: pieces(int64(item.MOQ)), Unit: unit,
			UnitPrice: item.Cost, NeedBy: business.AddDate(0, 0, 14).Format(time.DateOnly),
		}},
	}
}
