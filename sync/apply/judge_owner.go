package apply

import (
	"context"

	"throughline/models"
	"throughline/models/store"
)

// changesRecord says whether facts of a type change the record of their key. A
// supplier's exception is told about a supplier and changes nothing of it.
func changesRecord(t models.EventType) bool { return t != models.TypeSupplierException }

func recordOf(e *entry) store.RecordKey {
	return store.RecordKey{Entity: e.event.Type.Entity(), Record: e.event.Key}
}

func (j *judge) wantOwner(e *entry) {
	if record := recordOf(e); changesRecord(e.event.Type) {
		j.state.Owners.Want(record.Entity)
		j.state.RecordOwners.Want(record)
	}
}

// loadTaken looks, for what comes from others than an entity's owner, whether
// the owner has the record.
func (j *judge) loadTaken(ctx context.Context, tx *store.ApplyTx, entries []entry) error {
	var foreign []*models.Event
	for i := range entries {
		e := &entries[i]
		if !changesRecord(e.event.Type) {
			continue
		}
		owner := *j.state.Owners.At(e.event.Type.Entity())
		if owner != "" && owner != e.event.Source && *j.state.RecordOwners.At(recordOf(e)) == "" {
			foreign = append(foreign, e.event)
		}
	}
	return tx.LoadTaken(ctx, &j.state, foreign)
}

// otherOwner is the source that alone may change the record of an event, empty
// when the event may (invariant 4). Nobody's record is free to be added.
func (j *judge) otherOwner(e *entry) string {
	if !changesRecord(e.event.Type) {
		return ""
	}
	owner := *j.state.RecordOwners.At(recordOf(e))
	if owner == e.event.Source {
		return ""
	}
	return owner
}

// own notes, once a fact takes effect, whose its record is. Records of their
// entity's owner need no row, and an entity that nobody owns stays open.
func (j *judge) own(e *entry) {
	if !changesRecord(e.event.Type) {
		return
	}
	entityOwner, owner := *j.state.Owners.At(e.event.Type.Entity()), j.state.RecordOwners.At(recordOf(e))
	if entityOwner == "" || *owner != "" {
		return
	}
	*owner = e.event.Source
	if entityOwner != e.event.Source {
		j.effects.owners = append(j.effects.owners, store.Owner{RecordKey: recordOf(e), Source: e.event.Source})
	}
}
