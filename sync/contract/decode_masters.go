package contract

import "throughline/models"

func (s *scanner) item(p *models.ItemChanged) {
	o := s.open(11, "item", "description", "unit", "pack_size", "moq", "unit_cost", "unit_price",
		"currency", "abc_class", "supplier", "version", "gtin", "category")
	for o.next() {
		switch o.name {
		case "item":
			p.Item = s.id()
		case "description":
			p.Description = s.text()
		case "unit":
			p.Unit = s.unit()
		case "pack_size":
			p.PackSize = s.positive()
		case "moq":
			p.MOQ = s.notNegative()
		case "unit_cost":
			p.UnitCost = s.notNegative()
		case "unit_price":
			p.UnitPrice = s.notNegative()
		case "currency":
			p.Currency = s.currency()
		case "abc_class":
			p.ABCClass = s.enum("A", "B", "C")
		case "supplier":
			p.Supplier = s.id()
		case "gtin":
			p.GTIN = models.GTIN(s.matching(validGTIN, "must be a GTIN: 8, 12, 13 or 14 digits with the right check digit, or empty"))
		case "category":
			p.Category = s.optionalID()
		case "version":
			p.Version = s.version()
		}
	}
}

func (s *scanner) supplier(p *models.SupplierChanged) {
	o := s.open(6, "supplier", "name", "lead_time_days", "cut_off", "currency", "version", "status")
	for o.next() {
		switch o.name {
		case "supplier":
			p.Supplier = s.id()
		case "name":
			p.Name = s.text()
		case "lead_time_days":
			p.LeadTimeDays = s.notNegative()
		case "cut_off":
			p.CutOff = s.matching(validClock, "must be a time of day, HH:MM")
		case "currency":
			p.Currency = s.currency()
		case "status":
			p.Status = models.SupplierStatus(s.enum("active", "on_hold", "blocked"))
		case "version":
			p.Version = s.version()
		}
	}
}

func (s *scanner) location(p *models.LocationChanged) {
	o := s.open(4, "dc", "name", "time_zone", "version")
	for o.next() {
		switch o.name {
		case "dc":
			p.DC = s.id()
		case "name":
			p.Name = s.text()
		case "time_zone":
			p.TimeZone = s.matching(validZone, "must be an IANA time zone, for instance Europe/London")
		case "version":
			p.Version = s.version()
		}
	}
}
