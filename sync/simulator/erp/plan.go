package erp

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/chance"
	"throughline/sync/simulator/demodata"
)

const (
	opens         = 6 * time.Hour // business time of day
	closes        = 21 * time.Hour
	maxOrderLines = 4
)

// saleLine is a line of a customer's order that comes in at a business time.
type saleLine struct {
	at       time.Time
	order    string
	line     int
	customer string
	key      key
	pieces   int64
}

// planner turns the demand of a day into sales orders. The same day gives the
// same orders each time, so a position in the plan is all that must be kept.
type planner struct{ data *demodata.Data }

// day is the plan of a day of the demand data, in the order of time.
func (p planner) day(dataDay int) []saleLine {
	var lines []saleLine
	date := calendar.Day(dataDay)
	for dc := range p.data.DCs {
		lines = append(lines, p.orders(dataDay, dc, date)...)
	}
	slices.SortStableFunc(lines, func(a, b saleLine) int { return a.at.Compare(b.at) })
	return lines
}

// orders shares the demand of a DC out to orders of one to maxOrderLines.
func (p planner) orders(dataDay, dc int, date time.Time) []saleLine {
	code, day := p.data.DCs[dc].Code, date.Format("060102")
	var (
		lines    []saleLine
		order    string
		number   int
		left     int
		at       time.Time
		customer string
	)
	for _, item := range p.shuffled(dataDay, dc) {
		if left == 0 {
			number++
			order = fmt.Sprintf("SO-%s-%s-%03d", day, strings.TrimPrefix(code, "DC-"), number)
			left = chance.Between(1, maxOrderLines, order, "lines")
			at = openingTime(date, order)
			customer = customerOf(order)
			lines = slices.Grow(lines, left)
		}
		left--
		line := 1
		if n := len(lines); n > 0 && lines[n-1].order == order {
			line = lines[n-1].line + 1
		}
		lines = append(lines, saleLine{
			at: at, order: order, line: line, customer: customer,
			key:    key{p.data.Items[item].Code, code},
			pieces: int64(p.data.Demand(item, dc, dataDay)),
		})
	}
	return lines
}

// customerOf draws who places an order, from the numbers of the data's customers.
func customerOf(order string) string {
	return "C-" + strconv.Itoa(chance.Between(12346, 18287, order, "customer"))
}

// openingTime is the instant of a business day at which an order comes in.
func openingTime(date time.Time, order string) time.Time {
	return date.Add(opens + time.Duration(chance.Between(0, int(closes-opens)/int(time.Second)-1, order, "time"))*time.Second)
}

// shuffled lists the items with demand, mixed, so that an order's lines are
// not neighbours in the catalogue.
func (p planner) shuffled(dataDay, dc int) []int {
	type draw struct {
		item int
		lot  uint64
	}
	var draws []draw
	day := strconv.Itoa(dataDay)
	for item := range p.data.Items {
		if p.data.Demand(item, dc, dataDay) > 0 {
			draws = append(draws, draw{item, chance.Of(p.data.Items[item].Code, day)})
		}
	}
	slices.SortFunc(draws, func(a, b draw) int { return cmp.Compare(a.lot, b.lot) })
	items := make([]int, len(draws))
	for i, d := range draws {
		items[i] = d.item
	}
	return items
}
