package erp

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/chance"
	"throughline/sync/simulator/simdb"
)

const (
	soldState = "erp_sold" // "day/lines": the position in the plan
	sellBatch = 200
	// shipAfter is how long picking takes, in business hours.
	shipAfterMin, shipAfterMax = 2, 6
	deliverDays                = 2
	// shareOfStock is the part of what is available that one order line gets, so
	// that one large customer does not empty the shelf for all others.
	shareOfStock = 3
)

// position is how far the sales have come: so many lines of a day's plan.
type position struct{ day, lines int }

func (p position) String() string { return fmt.Sprintf("%d/%d", p.day, p.lines) }

func readPosition(ctx context.Context, db simdb.Querier) (position, error) {
	text, found, err := simdb.State(ctx, db, soldState)
	if err != nil || !found {
		return position{}, err
	}
	var p position
	if _, err := fmt.Sscanf(text, "%d/%d", &p.day, &p.lines); err != nil {
		return position{}, fmt.Errorf("position %q: %w", text, err)
	}
	return p, nil
}

// sellDue takes in the next sales orders whose time has come and reports
// whether there were any.
func (e *ERP) sellDue(ctx context.Context) (more bool, err error) {
	err = e.write(ctx, func(s *session) error {
		at, err := readPosition(ctx, s.tx)
		if err != nil {
			return err
		}
		if e.planDay != at.day {
			e.plan, e.planDay = e.planner.day(at.day), at.day
		}
		due := dueLines(e.plan[at.lines:], s.business)
		if len(due) == 0 && at.lines == len(e.plan) && calendar.DataDay(s.business) > at.day {
			more = true
			return simdb.SetState(ctx, s.tx, soldState, position{day: at.day + 1}.String())
		}
		if len(due) == 0 {
			return nil
		}
		more = true
		var shipments []task
		for _, line := range due {
			shipments = append(shipments, s.sell(line)...)
		}
		if err := s.schedule(ctx, shipments...); err != nil {
			return err
		}
		return simdb.SetState(ctx, s.tx, soldState, position{at.day, at.lines + len(due)}.String())
	})
	return more, err
}

func dueLines(lines []saleLine, business time.Time) []saleLine {
	n := 0
	for n < min(len(lines), sellBatch) && !lines[n].at.After(business) {
		n++
	}
	return lines[:n]
}

// fairShare is the most that one line gets of what is available.
func fairShare(available int64) int64 { return max(0, (available+shareOfStock-1)/shareOfStock) }

// sell books one line: the order as wanted, the allocation as far as its share
// of the stock goes. What is short is lost, as it is in the shop. It returns the shipment.
func (s *session) sell(line saleLine) []task {
	day := line.at.Format(time.DateOnly)
	s.announce(models.TypeSalesOrder, line.order, line.key, models.SalesOrder{
		Order: line.order, Line: line.line, Customer: line.customer, Item: line.key.item, DC: line.key.dc,
		Quantity: pieces(line.pieces), Unit: unit, OrderedDay: day,
		RequestedDate: line.at.AddDate(0, 0, deliverDays).Format(time.DateOnly), Version: 1,
	})
	promised := min(line.pieces, fairShare(s.balance(line.key).available()))
	s.announce(models.TypeAllocation, line.order, line.key, models.Allocation{
		Order: line.order, Line: line.line, Item: line.key.item, DC: line.key.dc,
		Quantity: pieces(promised), Unit: unit, Version: 1,
	})
	if promised == 0 {
		return nil
	}
	s.restate(line.key, 0, promised)
	hours := chance.Between(shipAfterMin, shipAfterMax, line.order, "ship")
	return []task{{
		due: line.at.Add(time.Duration(hours) * time.Hour), kind: taskShip,
		document: line.order, line: line.line, key: line.key, quantity: promised,
	}}
}

// count restates one item in each DC, as a rolling stock count does: a source
// that has nothing to sell is still heard.
func (e *ERP) count(ctx context.Context) error {
	if e.down() {
		return nil
	}
	return e.write(ctx, func(s *session) error {
		item := e.cfg.Data.Items[e.countNext%len(e.cfg.Data.Items)]
		e.countNext++
		for _, dc := range e.cfg.Data.DCs {
			s.restate(key{item.Code, dc.Code}, 0, 0)
		}
		return s.trimLedger(ctx, item.Code)
	})
}
