package apply

import (
	"time"

	"throughline/models"
	"throughline/models/store"
)

// eachDay calls visit with every business day of a history and its place.
func eachDay(f *models.SalesHistory, visit func(key store.DayKey, i int)) {
	from, err := time.Parse(time.DateOnly, f.From)
	if err != nil {
		return // the contract has refused any other form
	}
	for i := range f.Quantities {
		visit(store.DayKey{StockKey: store.StockKey{Item: f.Item, DC: f.DC}, Day: from.AddDate(0, 0, i).Format(time.DateOnly)}, i)
	}
}

func (j *judge) wantDays(f *models.SalesHistory) {
	eachDay(f, func(key store.DayKey, _ int) { j.state.Days.Want(key) })
}

// history is judged by the day, since two histories may overlap: each day
// keeps its newest version.
func (j *judge) history(e *entry, f *models.SalesHistory) verdict {
	var newer, conflicts int
	eachDay(f, func(key store.DayKey, i int) {
		known := j.state.Days.At(key)
		switch {
		case !known.Exists || f.Version > known.Version:
			newer++
		case f.Version == known.Version && !f.Quantities[i].Equal(known.Quantity):
			conflicts++
		}
	})
	if conflicts > 0 {
		return parked(codeConflict, "Version %d was applied before with other quantities on %d days.", f.Version, conflicts)
	}
	if newer == 0 {
		return superseded("All its days were applied before with version %d or newer.", f.Version)
	}
	eachDay(f, func(key store.DayKey, i int) {
		known := j.state.Days.At(key)
		if known.Exists && f.Version <= known.Version {
			return
		}
		*known = store.Day{Exists: true, Version: f.Version, Quantity: f.Quantities[i]}
		j.effects.days.put(key, store.DemandDay{DayKey: key, Day: *known, Seq: e.event.Seq})
	})
	return applied
}

func (j *judge) salesLine(e *entry, f *models.SalesOrder) verdict {
	key := store.LineKey{Document: f.Order, Line: int32(f.Line)}
	v := byVersion(j.state.SalesLines.At(key), f.Version, e.hash)
	if v == applied {
		j.effects.salesLines.put(key, store.Fact[models.SalesOrder]{Event: e.event, Data: f, Hash: e.hash})
	}
	return v
}

func (j *judge) allocation(e *entry, f *models.Allocation) verdict {
	key := store.LineKey{Document: f.Order, Line: int32(f.Line)}
	v := byVersion(j.state.Allocations.At(key), f.Version, e.hash)
	if v == applied {
		j.effects.allocations.put(key, store.Fact[models.Allocation]{Event: e.event, Data: f, Hash: e.hash})
	}
	return v
}
