package models

import (
	"slices"
	"strings"
	"time"
)

// LayerPath is one live flow, what a source says of an entity, on its way
// through the layers.
type LayerPath struct {
	Source   string
	System   string // its kind, such as erp
	Entity   string
	NewestAt time.Time                 // the source's own time of its newest row that took effect
	Events   int64                     // that were accepted within the period
	Accept   Histogram                 // from the source's commit to the log, of those
	Parked   int64                     // events that need a person
	Waiting  int64                     // events that are held or wait
	Against  map[Layer][]OpenException // that stand against the source and this entity of it, the most urgent first
	Open     []OpenException           // that say what became of it in the workflow, the most urgent first
}

// AgainstFlow is an open exception about what a source sends. Entities are those
// it is about; none where it is about all of the source.
type AgainstFlow struct {
	OpenException
	Layer    Layer
	Source   string
	Entities []string
}

// EntitiesOf are the entities that the key of an exception names, by themselves
// or by a type of event. The silence of one DC that names none is about stock.
func EntitiesOf(code ExceptionCode, key, dc string) []string {
	for _, part := range strings.Split(key, "|")[1:] {
		entity := part
		if typed := strings.Split(part, "."); len(typed) > 1 && typed[0] == "throughline" {
			entity = typed[1]
		}
		if slices.Contains(FlowEntities(), entity) {
			return []string{entity}
		}
	}
	if code == ExceptionSourceSilent && dc != "" {
		return []string{"inventory"}
	}
	return nil
}

// Stand sorts what is open against the flows by the layers of this one.
func (p *LayerPath) Stand(open []AgainstFlow) {
	p.Against = map[Layer][]OpenException{}
	for _, e := range open {
		if e.Source == p.Source && (len(e.Entities) == 0 || slices.Contains(e.Entities, p.Entity)) {
			p.Against[e.Layer] = append(p.Against[e.Layer], e.OpenException)
		}
	}
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
