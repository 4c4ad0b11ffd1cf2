package contract

import (
	"time"

	"throughline/models"
)

func (s *scanner) evaluation(p *models.Evaluation) {
	o := s.open(6, "run", "item", "dc", "outcome", "reason", "evaluated_at", "recommendation", "net_requirement", "basis")
	for o.next() {
		switch o.name {
		case "run":
			p.Run = s.id()
		case "item":
			p.Item = s.id()
		case "dc":
			p.DC = s.id()
		case "outcome":
			p.Outcome = s.enum("recommend", "no_action", "blocked")
		case "reason":
			p.Reason = s.text()
		case "recommendation":
			p.Recommendation = s.optionalID()
		case "net_requirement":
			p.NetRequirement = new(s.notNegative())
		case "basis":
			p.Basis = s.basis()
		case "evaluated_at":
			p.EvaluatedAt = s.timestamp()
		}
	}
}

func (s *scanner) recommendation(p *models.Recommendation) {
	o := s.open(13, "recommendation", "kind", "run", "item", "dc", "quantity", "unit", "unit_price",
		"currency", "need_by", "order_by", "reason", "computed_at", "from_dc", "supplier", "basis", "confidence")
	for o.next() {
		switch o.name {
		case "recommendation":
			p.Recommendation = s.id()
		case "kind":
			p.Kind = s.enum("purchase", "transfer")
		case "run":
			p.Run = s.id()
		case "item":
			p.Item = s.id()
		case "dc":
			p.DC = s.id()
		case "from_dc":
			p.FromDC = s.optionalID()
		case "supplier":
			p.Supplier = s.optionalID()
		case "quantity":
			p.Quantity = s.positive()
		case "unit":
			p.Unit = s.unit()
		case "unit_price":
			p.UnitPrice = s.notNegative()
		case "currency":
			p.Currency = s.currency()
		case "need_by":
			p.NeedBy = s.day()
		case "order_by":
			p.OrderBy = s.timestamp()
		case "reason":
			p.Reason = s.text()
		case "confidence":
			p.Confidence = new(s.share())
		case "basis":
			p.Basis = s.basis()
		case "computed_at":
			p.ComputedAt = s.timestamp()
		}
	}
	s.origin(p.Kind == "transfer", p.Supplier, p.FromDC)
}

// origin holds that goods come from a supplier or from another DC, never both.
func (s *scanner) origin(transfer bool, supplier, fromDC string) {
	switch {
	case transfer && (fromDC == "" || supplier != ""):
		s.fail("a transfer names from_dc and no supplier")
	case !transfer && (supplier == "" || fromDC != ""):
		s.fail("a purchase names supplier and no from_dc")
	}
}

func (s *scanner) isNull() bool {
	if s.peek() != 'n' {
		return false
	}
	s.literal("null")
	return true
}

func (s *scanner) basis() *models.Basis {
	if s.isNull() {
		return nil
	}
	p := new(models.Basis)
	o := s.open(0, "forecast_revision", "inventory", "open_supply_as_of", "parameters_version", "model_version")
	for o.next() {
		switch o.name {
		case "forecast_revision":
			p.ForecastRevision = s.version()
		case "inventory":
			p.Inventory = s.stockBasis()
		case "open_supply_as_of":
			p.OpenSupplyAsOf = s.optionalTimestamp()
		case "parameters_version":
			p.ParametersVersion = s.optionalID()
		case "model_version":
			p.ModelVersion = s.optionalID()
		}
	}
	return p
}

func (s *scanner) stockBasis() *models.StockBasis {
	if s.isNull() {
		return nil
	}
	p := new(models.StockBasis)
	o := s.open(3, "version", "as_of", "qty")
	for o.next() {
		switch o.name {
		case "version":
			p.Version = s.version()
		case "as_of":
			p.AsOf = s.timestamp()
		case "qty":
			p.Quantity = s.quantity()
		}
	}
	return p
}

func (s *scanner) optionalTimestamp() *time.Time {
	if s.isNull() {
		return nil
	}
	t := s.timestamp()
	return &t
}
