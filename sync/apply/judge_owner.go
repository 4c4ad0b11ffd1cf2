package apply

import (
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

// otherOwner is the source that alone may change the record of an event, empty
// when the event may (invariant 4): the record's own owner, else its entity's.
// What nobody owns is open.
func (j *judge) otherOwner(e *entry) string {
	if !changesRecord(e.event.Type) {
		return ""
	}
	record := recordOf(e)
	owner := *j.state.RecordOwners.At(record)
	if owner == "" {
		owner = *j.state.Owners.At(record.Entity)
	}
	if owner == e.event.Source {
		return ""
	}
	return owner
}

const idUsedTwice = "An event with this id and other content was accepted before."

// usedTwice says that the id of an event came with two contents, of which nobody has
// decided for this one yet.
func (e *entry) usedTwice() bool { return e.event.Conflict && !e.overruled }

// foreign is the verdict on what another than the owner says. That its id came with two
// contents is told first, since one of these may be in effect; the reason tells both.
func foreign(e *entry, owner string) verdict {
	v := parked(codeNotOwner, "This %s belongs to %s, and %s may not change it.", e.event.Type.Entity(), owner, e.event.Source)
	if e.usedTwice() {
		v = parked(codeConflict, "%s %s", idUsedTwice, v.reason)
	}
	v.foreign = true
	return v
}
