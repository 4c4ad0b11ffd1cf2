package apply

import (
	"time"

	"throughline/models"
	"throughline/models/store"
)

// A position is its newest balance and the movements with a higher version, in
// whatever order they come: an older balance is superseded, a movement that a
// balance already contains too, and a balance that comes after movements of
// higher versions takes them on top.

func (j *judge) balance(e *entry, f *models.InventoryBalance) verdict {
	p := j.state.Positions.At(store.StockKey{Item: f.Item, DC: f.DC})
	newest := store.Known{Exists: p.BalanceVersion >= 0, Version: p.BalanceVersion, Hash: p.BalanceHash}
	if v := byVersion(&newest, f.Version, e.hash); v != applied {
		return v
	}
	asOf := f.Time
	if asOf.IsZero() {
		asOf = e.event.OccurredAt
	}
	before := *p
	p.OnHand, p.Allocated = f.OnHand, f.Allocated
	for version, d := range p.Tail {
		if version <= f.Version {
			delete(p.Tail, version)
			continue
		}
		p.OnHand, p.Allocated = p.OnHand.Add(d.OnHand), p.Allocated.Add(d.Allocated)
	}
	p.Exists, p.BalanceVersion, p.BalanceHash = true, f.Version, e.hash
	if f.Version >= p.Version {
		p.Version, p.AsOf, p.Unit = f.Version, asOf, f.Unit
	}
	j.moved(e, p, &before, store.StockMovement{
		StockKey: store.StockKey{Item: f.Item, DC: f.DC}, Kind: "balance", Version: f.Version, OccurredAt: asOf,
	})
	return applied
}

func (j *judge) movement(e *entry, f *models.InventoryMovement) verdict {
	p := j.state.Positions.At(store.StockKey{Item: f.Item, DC: f.DC})
	if f.Version <= p.BalanceVersion {
		return superseded("The balance with version %d already contains version %d.", p.BalanceVersion, f.Version)
	}
	if d, ok := p.Tail[f.Version]; ok {
		return byVersion(&store.Known{Exists: true, Version: f.Version, Hash: d.Hash}, f.Version, e.hash)
	}
	before := *p
	p.OnHand, p.Allocated = p.OnHand.Add(f.OnHandDelta), p.Allocated.Add(f.AllocatedDelta)
	if !p.Exists || f.Version > p.Version {
		p.Version, p.AsOf, p.Unit = f.Version, f.Time, f.Unit
	}
	p.Exists = true
	p.Moved(f.Version, store.Delta{OnHand: f.OnHandDelta, Allocated: f.AllocatedDelta, Hash: e.hash})
	j.moved(e, p, &before, store.StockMovement{
		StockKey: store.StockKey{Item: f.Item, DC: f.DC}, Kind: f.Kind, Document: f.Document, Version: f.Version, OccurredAt: f.Time,
	})
	return applied
}

// moved writes what an event did to a position into the ledger.
func (j *judge) moved(e *entry, p, before *store.Position, m store.StockMovement) {
	m.Event, m.Hash = e.event, e.hash
	m.OnHand, m.Allocated = p.OnHand, p.Allocated
	m.OnHandDelta, m.AllocatedDelta = p.OnHand.Sub(before.OnHand), p.Allocated.Sub(before.Allocated)
	j.effects.ledger = append(j.effects.ledger, m)
	j.effects.positions.put(m.StockKey, store.PositionRow{StockKey: m.StockKey, Position: p, Seq: e.event.Seq})
}

// noteLate marks the positions whose ledger must be read: those for which an
// event comes with a version that is not the newest.
func (j *judge) noteLate(entries []entry) {
	for i := range entries {
		switch f := entries[i].fact.Payload.(type) {
		case *models.InventoryBalance:
			j.late(store.StockKey{Item: f.Item, DC: f.DC}, f.Version+1)
		case *models.InventoryMovement:
			j.late(store.StockKey{Item: f.Item, DC: f.DC}, f.Version)
		}
	}
}

func (j *judge) late(key store.StockKey, version int64) {
	p := j.state.Positions.At(key)
	if !p.Exists || version > p.Version || version <= p.BalanceVersion {
		return
	}
	if !p.Late || version < p.Earliest {
		p.Late, p.Earliest = true, version
	}
}

func (j *judge) threshold(e *entry, f *models.ThresholdBreached) verdict {
	key := store.ThresholdKey{Item: f.Item, DC: f.DC, Threshold: f.Threshold}
	v := byVersion(j.state.Thresholds.At(key), f.Version, e.hash)
	if v == applied {
		j.effects.thresholds.put(key, store.Fact[models.ThresholdBreached]{Event: e.event, Data: f, Hash: e.hash})
	}
	return v
}

const day = 24 * time.Hour
