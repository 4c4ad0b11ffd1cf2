package contract

import "throughline/models"

func (s *scanner) balance(p *models.InventoryBalance) {
	o := s.open(6, "item", "dc", "on_hand", "allocated", "unit", "version", "time")
	for o.next() {
		switch o.name {
		case "item":
			p.Item = s.id()
		case "dc":
			p.DC = s.id()
		case "on_hand":
			p.OnHand = s.quantity()
		case "allocated":
			p.Allocated = s.notNegative()
		case "unit":
			p.Unit = s.unit()
		case "version":
			p.Version = s.version()
		case "time":
			p.Time = s.timestamp()
		}
	}
}

func (s *scanner) movement(p *models.InventoryMovement) {
	o := s.open(8, "item", "dc", "kind", "on_hand_delta", "allocated_delta", "unit", "version", "time", "document")
	for o.next() {
		switch o.name {
		case "item":
			p.Item = s.id()
		case "dc":
			p.DC = s.id()
		case "kind":
			p.Kind = s.enum("sale", "receipt", "adjustment", "transfer_out", "transfer_in", "allocation")
		case "on_hand_delta":
			p.OnHandDelta = s.quantity()
		case "allocated_delta":
			p.AllocatedDelta = s.quantity()
		case "unit":
			p.Unit = s.unit()
		case "document":
			p.Document = s.optionalID()
		case "version":
			p.Version = s.version()
		case "time":
			p.Time = s.timestamp()
		}
	}
}

func (s *scanner) threshold(p *models.ThresholdBreached) {
	o := s.open(8, "item", "dc", "threshold", "level", "available", "unit", "version", "time")
	for o.next() {
		switch o.name {
		case "item":
			p.Item = s.id()
		case "dc":
			p.DC = s.id()
		case "threshold":
			p.Threshold = s.enum("safety_stock", "reorder_point")
		case "level":
			p.Level = s.notNegative()
		case "available":
			p.Available = s.quantity()
		case "unit":
			p.Unit = s.unit()
		case "version":
			p.Version = s.version()
		case "time":
			p.Time = s.timestamp()
		}
	}
}

func (s *scanner) receipt(p *models.GoodsReceipt) {
	o := s.open(8, "receipt", "order", "line", "item", "dc", "quantity", "unit", "received_at")
	for o.next() {
		switch o.name {
		case "receipt":
			p.Receipt = s.id()
		case "order":
			p.Order = s.id()
		case "line":
			p.Line = s.line()
		case "item":
			p.Item = s.id()
		case "dc":
			p.DC = s.id()
		case "quantity":
			p.Quantity = s.positive()
		case "unit":
			p.Unit = s.unit()
		case "received_at":
			p.ReceivedAt = s.timestamp()
		}
	}
}
