package models

import "time"

// LayerPath is one live flow, what a source says of an entity, on its way
// through the layers.
type LayerPath struct {
	Source   string
	System   string // its kind, such as erp
	Entity   string
	NewestAt time.Time // the source's own time of its newest row that took effect
	Events   int64     // that were accepted within the period
	Accept   Histogram // from the source's commit to the log, of those
	Parked   int64     // events that need a person
	Waiting  int64     // events that are held or wait
	Silent   *OpenException
	Open     []OpenException // that say what became of it in the workflow, the most urgent first
}

// OfRecord tells whether the source keeps records; others plan.
func (p LayerPath) OfRecord() bool {
	switch p.System {
	case "forecasting", "replenishment", "analytics":
		return false
	}
	return true
}

// drivenEntities are the entities whose facts the workflow waits for or works
// on, by the kinds of exception that say where it does not get on.
var drivenEntities = map[string][]ExceptionCode{
	"forecast":       {ExceptionNoInfluence},
	"inventory":      {ExceptionStockout, ExceptionDrift},
	"replenishment":  {ExceptionStaleBasis, ExceptionNotOrdered},
	"purchase_order": {ExceptionDuplicateOrder, ExceptionUnconfirmed},
	"transfer_order": {ExceptionDuplicateOrder},
	"confirmation":   {ExceptionConfirmationGap},
	"asn":            {ExceptionLateInbound},
	"receipt":        {ExceptionLateInbound},
}

// DrivenBy are the kinds of exception of the workflow that an entity's facts
// settle; false for an entity that drives none.
func DrivenBy(entity string) ([]ExceptionCode, bool) {
	codes, drives := drivenEntities[entity]
	return codes, drives
}
