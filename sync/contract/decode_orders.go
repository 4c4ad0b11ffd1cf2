package contract

import "throughline/models"

const maxOrderLines = 1000

func (s *scanner) order(p *models.OrderChanged, transfer bool) {
	o := s.open(7, "order", "dc", "state", "currency", "ordered_at", "lines", "version",
		"reference", "supplier", "from_dc", "transmitted_at", "acknowledged_at")
	for o.next() {
		switch o.name {
		case "order":
			p.Order = s.id()
		case "reference":
			p.Reference = s.optionalID()
		case "supplier":
			p.Supplier = s.optionalID()
		case "from_dc":
			p.FromDC = s.optionalID()
		case "dc":
			p.DC = s.id()
		case "state":
			p.State = s.enum("open", "confirmed", "shipped", "received", "cancelled")
		case "currency":
			p.Currency = s.currency()
		case "ordered_at":
			p.OrderedAt = s.timestamp()
		case "transmitted_at":
			at := s.timestamp()
			p.TransmittedAt = &at
		case "acknowledged_at":
			at := s.timestamp()
			p.AcknowledgedAt = &at
		case "lines":
			p.Lines = s.orderLines()
		case "version":
			p.Version = s.version()
		}
	}
	s.origin(transfer, p.Supplier, p.FromDC)
}

func (s *scanner) orderLines() []models.OrderLine {
	lines := make([]models.OrderLine, 0, 4)
	a := array{s: s}
	for a.next() {
		if len(lines) < maxOrderLines {
			lines = append(lines, s.orderLine())
		} else {
			s.skip()
		}
	}
	if a.count == 0 || a.count > maxOrderLines {
		s.fail("must have at least one line, and not more than its bound")
	}
	return lines
}

func (s *scanner) orderLine() models.OrderLine {
	var p models.OrderLine
	o := s.open(6, "line", "item", "quantity", "unit", "unit_price", "need_by")
	for o.next() {
		switch o.name {
		case "line":
			p.Line = s.line()
		case "item":
			p.Item = s.id()
		case "quantity":
			p.Quantity = s.positive()
		case "unit":
			p.Unit = s.unit()
		case "unit_price":
			p.UnitPrice = s.notNegative()
		case "need_by":
			p.NeedBy = s.day()
		}
	}
	return p
}

func (s *scanner) confirmation(p *models.Confirmation) {
	o := s.open(7, "confirmation", "order", "line", "quantity", "unit", "promised_date", "confirmed_at")
	for o.next() {
		switch o.name {
		case "confirmation":
			p.Confirmation = s.id()
		case "order":
			p.Order = s.id()
		case "line":
			p.Line = s.line()
		case "quantity":
			p.Quantity = s.notNegative()
		case "unit":
			p.Unit = s.unit()
		case "promised_date":
			p.PromisedDate = s.day()
		case "confirmed_at":
			p.ConfirmedAt = s.timestamp()
		}
	}
}

func (s *scanner) asn(p *models.ASN) {
	o := s.open(7, "asn", "order", "line", "quantity", "unit", "shipped_at", "eta")
	for o.next() {
		switch o.name {
		case "asn":
			p.ASN = s.id()
		case "order":
			p.Order = s.id()
		case "line":
			p.Line = s.line()
		case "quantity":
			p.Quantity = s.positive()
		case "unit":
			p.Unit = s.unit()
		case "shipped_at":
			p.ShippedAt = s.timestamp()
		case "eta":
			p.ETA = s.day()
		}
	}
}

func (s *scanner) supplierException(p *models.SupplierException) {
	o := s.open(4, "supplier", "kind", "message", "occurred_at", "order", "line")
	for o.next() {
		switch o.name {
		case "supplier":
			p.Supplier = s.id()
		case "order":
			p.Order = s.optionalID()
		case "line":
			p.Line = int(s.integer(0, 1<<31-1))
		case "kind":
			p.Kind = s.enum("delay", "shortage", "rejected", "closed")
		case "message":
			p.Message = s.text()
		case "occurred_at":
			p.OccurredAt = s.timestamp()
		}
	}
}
