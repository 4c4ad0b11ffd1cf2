package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// Layer is one of the five layers through which every flow passes.
type Layer string

// The layers, from the source systems to the watcher.
const (
	LayerRecord        Layer = "system of record"
	LayerPlanning      Layer = "planning"
	LayerIntegration   Layer = "integration"
	LayerOrchestration Layer = "orchestration"
	LayerObservability Layer = "observability"
)

// Layers lists the layers in the order of the data's way.
func Layers() []Layer {
	return []Layer{LayerRecord, LayerPlanning, LayerIntegration, LayerOrchestration, LayerObservability}
}

// LayerState is what is wrong in a layer now. Priority is that of its worst
// open exception and empty when there is none.
type LayerState struct {
	Layer    Layer
	Open     int
	Priority Priority
	Worst    string // the title of that exception
	WorstID  int64

	WorstSource string // that it is about, if any
}

// EntityFreshness is the age of the newest useful row of an entity at a DC.
type EntityFreshness struct {
	DC          string
	Entity      string
	Source      string
	NewestAt    time.Time       // the source's time of the newest applied row
	Window      time.Duration   // zero when no window governs it
	Calendar    *Calendar       // in whose working time the window runs
	Owner       bool            // the source owns the entity, or nobody does
	Declared    bool            // a target says how recent it has to be
	Criticality string          // of that target
	Objective   decimal.Decimal // which share of the time it has to be fresh
}

// Key is whose age it is.
func (f EntityFreshness) Key() MarkKey {
	return MarkKey{Source: f.Source, Entity: f.Entity, DC: f.DC}
}

// Stale says whether the newest row is older than its window at now. An
// ungoverned entity is never stale.
func (f EntityFreshness) Stale(now time.Time) bool {
	return f.Window > 0 && now.After(f.Calendar.DueAfter(f.NewestAt, f.Window))
}

// Governed is the age judged by the target of its entity and DC, or by its own
// window in the working time of its source.
func (f EntityFreshness) Governed(targets Targets, sources map[string]*Calendar) EntityFreshness {
	f.Calendar, f.Objective = sources[f.Source], Objective
	if t, found := targets.For(f.Entity, f.DC); found && f.Owner {
		f.Window, f.Calendar, f.Declared, f.Criticality = t.Freshness, t.Calendar, true, t.Criticality
		f.Objective = targets.Objective(f.Entity, f.DC)
	}
	return f
}

// DCState is what a DC's people need to know first.
type DCState struct {
	DC             string
	Name           string
	TimeZone       string
	Open           map[Priority]int `gorm:"-"` // open exceptions by priority
	BelowCover     int              // item-DCs whose available stock is below the lead time's demand
	Positions      int
	ValueAtRisk    Sums       `gorm:"serializer:json"`
	Waiting        int        // recommendations that wait for a decision
	WaitingValue   Sums       `gorm:"serializer:json"`
	OldestPosition *time.Time // the as-of of the oldest stock position
}
