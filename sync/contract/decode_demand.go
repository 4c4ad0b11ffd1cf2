package contract

import (
	"github.com/shopspring/decimal"

	"throughline/models"
)

// Bounds of the series in a payload, in days.
const (
	maxHistoryDays  = 1000
	maxForecastDays = 400
)

func (s *scanner) history(p *models.SalesHistory) {
	o := s.open(6, "item", "dc", "from", "quantities", "unit", "version")
	for o.next() {
		switch o.name {
		case "item":
			p.Item = s.id()
		case "dc":
			p.DC = s.id()
		case "from":
			p.From = s.day()
		case "quantities":
			p.Quantities = s.series(maxHistoryDays, anySign)
		case "unit":
			p.Unit = s.unit()
		case "version":
			p.Version = s.version()
		}
	}
}

func (s *scanner) salesOrder(p *models.SalesOrder) {
	o := s.open(10, "order", "line", "customer", "item", "dc", "quantity", "unit", "ordered_day",
		"requested_date", "version")
	for o.next() {
		switch o.name {
		case "order":
			p.Order = s.id()
		case "line":
			p.Line = s.line()
		case "customer":
			p.Customer = s.id()
		case "item":
			p.Item = s.id()
		case "dc":
			p.DC = s.id()
		case "quantity":
			p.Quantity = s.notNegative()
		case "unit":
			p.Unit = s.unit()
		case "ordered_day":
			p.OrderedDay = s.day()
		case "requested_date":
			p.RequestedDate = s.day()
		case "version":
			p.Version = s.version()
		}
	}
}

func (s *scanner) allocation(p *models.Allocation) {
	o := s.open(7, "order", "line", "item", "dc", "quantity", "unit", "version")
	for o.next() {
		switch o.name {
		case "order":
			p.Order = s.id()
		case "line":
			p.Line = s.line()
		case "item":
			p.Item = s.id()
		case "dc":
			p.DC = s.id()
		case "quantity":
			p.Quantity = s.notNegative()
		case "unit":
			p.Unit = s.unit()
		case "version":
			p.Version = s.version()
		}
	}
}

func (s *scanner) forecast(p *models.ForecastRevision) {
	o := s.open(11, "item", "dc", "revision", "run", "model", "model_version", "bucket", "start",
		"quantities", "unit", "published_at")
	for o.next() {
		switch o.name {
		case "item":
			p.Item = s.id()
		case "dc":
			p.DC = s.id()
		case "revision":
			p.Revision = s.integer(1, 1<<63-1)
		case "run":
			p.Run = s.id()
		case "model":
			p.Model = s.id()
		case "model_version":
			p.ModelVersion = s.id()
		case "bucket":
			p.Bucket = s.enum("day")
		case "start":
			p.Start = s.day()
		case "quantities":
			p.Quantities = s.series(maxForecastDays, notNegative)
		case "unit":
			p.Unit = s.unit()
		case "published_at":
			p.PublishedAt = s.timestamp()
		}
	}
}

func (s *scanner) series(longest int, allowed sign) []decimal.Decimal {
	values := make([]decimal.Decimal, 0, 32)
	a := array{s: s}
	for a.next() {
		if len(values) < longest {
			values = append(values, s.decimal(allowed))
		} else {
			s.skip()
		}
	}
	if a.count == 0 || a.count > longest {
		s.fail("must have at least one value, and not more than its bound")
	}
	return values
}
