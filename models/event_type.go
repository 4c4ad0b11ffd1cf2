package models

import "strings"

// EventTypes lists every contract of the first form, in the order of the supply chain.
func EventTypes() []EventType {
	return []EventType{
		TypeItemChanged, TypeSupplierChanged, TypeLocationChanged,
		TypeBalance, TypeMovement, TypeThreshold,
		TypeSalesHistory, TypeSalesOrder, TypeAllocation,
		TypeForecastRevision, TypeEvaluation, TypeRecommendation,
		TypePurchaseOrder, TypeTransferOrder,
		TypeConfirmation, TypeSupplierException, TypeASN, TypeReceipt,
	}
}

// Known says whether a contract of this name exists.
func (t EventType) Known() bool {
	switch t {
	case TypeItemChanged, TypeSupplierChanged, TypeLocationChanged,
		TypeBalance, TypeMovement, TypeThreshold,
		TypeSalesHistory, TypeSalesOrder, TypeAllocation,
		TypeForecastRevision, TypeEvaluation, TypeRecommendation,
		TypePurchaseOrder, TypeTransferOrder,
		TypeConfirmation, TypeSupplierException, TypeASN, TypeReceipt:
		return true
	}
	return false
}

// ReplacingTypes are those of which each event says all that holds under its key,
// so that whoever has the newest needs none before it.
func ReplacingTypes() []EventType {
	return []EventType{
		TypeItemChanged, TypeSupplierChanged, TypeLocationChanged, TypeBalance, TypeThreshold, TypeForecastRevision,
		TypePurchaseOrder, TypeTransferOrder,
	}
}

// LineageTypes are those of the way from a forecast to a receipt, of which a stub
// outlives the payload.
func LineageTypes() []EventType {
	return []EventType{
		TypeForecastRevision, TypeEvaluation, TypeRecommendation, TypePurchaseOrder, TypeTransferOrder,
		TypeConfirmation, TypeSupplierException, TypeASN, TypeReceipt,
	}
}

// Entity is the entity of throughline.<entity>.<fact>.v<major>, the unit of
// freshness and latency; empty when the name has another form.
func (t EventType) Entity() string {
	rest, ok := strings.CutPrefix(string(t), "throughline.")
	if !ok {
		return ""
	}
	entity, _, ok := strings.Cut(rest, ".")
	if !ok {
		return ""
	}
	return entity
}

// Contract is the name of the contract and its version: "v1", empty when the
// type has another form.
func (t EventType) Contract() (name, version string) {
	dot := strings.LastIndex(string(t), ".v")
	if dot < 0 {
		return string(t), ""
	}
	return string(t[:dot]), string(t[dot+1:])
}

// Lane is bulk for history loads and realtime for everything else.
func (t EventType) Lane() Lane {
	if t == TypeSalesHistory {
		return LaneBulk
	}
	return LaneRealtime
}
