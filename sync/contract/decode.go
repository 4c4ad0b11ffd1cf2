// Package contract holds what an event may say: one JSON Schema a type, and
// typed decoders that give the same verdict at the speed of the log.
package contract

import (
	"unicode/utf8"

	"throughline/models"
)

// Fact is the decoded payload of an event. Payload is a pointer to the struct
// of its contract in models, for instance *models.InventoryBalance; both order
// types decode to *models.OrderChanged.
type Fact struct {
	Type    models.EventType
	Payload any
	Key     string
	Item    string
	DC      string
}

// Decode reads the JSON payload of a known type by the rules of its schema. An
// error is a *Fault with the first thing wrong; Registry.Explain lists all.
// Payloads that intake accepted always decode. It is safe for concurrent use.
func Decode(t models.EventType, data string) (Fact, error) {
	if !utf8.ValidString(data) {
		return Fact{}, &Fault{Message: "not valid UTF-8", Syntax: true}
	}
	s := scanner{in: data}
	payload := s.payload(t)
	s.end()
	if s.fault != nil {
		return Fact{}, s.fault
	}
	item, dc := place(payload)
	return Fact{Type: t, Payload: payload, Key: models.OrderingKey(t, payload), Item: item, DC: dc}, nil
}

// References names the master records that must exist before the fact can
// apply: item:<id>, location:<dc>, supplier:<id>. Documents of the supply chain
// name none: they are appended whichever arrives first.
func (f Fact) References() []string {
	switch p := f.Payload.(type) {
	case *models.InventoryBalance, *models.InventoryMovement, *models.ThresholdBreached, *models.SalesHistory,
		*models.SalesOrder, *models.Allocation, *models.ForecastRevision, *models.Evaluation:
		return []string{"item:" + f.Item, "location:" + f.DC}
	case *models.Recommendation:
		if p.Kind == "transfer" {
			return []string{"item:" + f.Item, "location:" + f.DC, "location:" + p.FromDC}
		}
		return []string{"item:" + f.Item, "location:" + f.DC, "supplier:" + p.Supplier}
	}
	return nil
}

func (s *scanner) payload(t models.EventType) any {
	switch t {
	case models.TypeBalance:
		return decodeWith(s.balance)
	case models.TypeMovement:
		return decodeWith(s.movement)
	case models.TypeThreshold:
		return decodeWith(s.threshold)
	case models.TypeItemChanged:
		return decodeWith(s.item)
	case models.TypeSupplierChanged:
		return decodeWith(s.supplier)
	case models.TypeLocationChanged:
		return decodeWith(s.location)
	case models.TypeSalesHistory:
		return decodeWith(s.history)
	case models.TypeSalesOrder:
		return decodeWith(s.salesOrder)
	case models.TypeAllocation:
		return decodeWith(s.allocation)
	case models.TypeForecastRevision:
		return decodeWith(s.forecast)
	case models.TypeEvaluation:
		return decodeWith(s.evaluation)
	case models.TypeRecommendation:
		return decodeWith(s.recommendation)
	}
	return s.document(t)
}

func (s *scanner) document(t models.EventType) any {
	switch t {
	case models.TypePurchaseOrder:
		p := new(models.OrderChanged)
		s.order(p, false)
		return p
	case models.TypeTransferOrder:
		p := new(models.OrderChanged)
		s.order(p, true)
		return p
	case models.TypeConfirmation:
		return decodeWith(s.confirmation)
	case models.TypeSupplierException:
		return decodeWith(s.supplierException)
	case models.TypeASN:
		return decodeWith(s.asn)
	case models.TypeReceipt:
		return decodeWith(s.receipt)
	}
	s.fail("no contract is named " + string(t))
	return nil
}

func decodeWith[T any](read func(*T)) *T {
	p := new(T)
	read(p)
	return p
}

// place is where a fact belongs; an order of several items has no item.
func place(payload any) (item, dc string) {
	switch p := payload.(type) {
	case *models.InventoryBalance:
		return p.Item, p.DC
	case *models.InventoryMovement:
		return p.Item, p.DC
	case *models.ThresholdBreached:
		return p.Item, p.DC
	case *models.SalesHistory:
		return p.Item, p.DC
	case *models.SalesOrder:
		return p.Item, p.DC
	case *models.Allocation:
		return p.Item, p.DC
	case *models.ForecastRevision:
		return p.Item, p.DC
	case *models.Evaluation:
		return p.Item, p.DC
	case *models.Recommendation:
		return p.Item, p.DC
	case *models.GoodsReceipt:
		return p.Item, p.DC
	case *models.ItemChanged:
		return p.Item, ""
	case *models.LocationChanged:
		return "", p.DC
	case *models.OrderChanged:
		if len(p.Lines) == 1 {
			return p.Lines[0].Item, p.DC
		}
		return "", p.DC
	}
	return "", ""
}
