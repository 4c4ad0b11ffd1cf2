package apply

import (
	"throughline/models"
	"throughline/models/store"
)

func (j *judge) item(e *entry, f *models.ItemChanged) verdict {
	known := j.state.Items.At(f.Item)
	isNew := !known.Exists
	v := byVersion(known, f.Version, e.hash)
	if v == applied {
		j.effects.items.put(f.Item, store.Fact[models.ItemChanged]{Event: e.event, Data: f, Hash: e.hash})
		j.appeared("item:"+f.Item, isNew)
	}
	return v
}

func (j *judge) supplier(e *entry, f *models.SupplierChanged) verdict {
	known := j.state.Suppliers.At(f.Supplier)
	isNew := !known.Exists
	v := byVersion(known, f.Version, e.hash)
	if v == applied {
		j.effects.suppliers.put(f.Supplier, store.Fact[models.SupplierChanged]{Event: e.event, Data: f, Hash: e.hash})
		j.appeared("supplier:"+f.Supplier, isNew)
	}
	return v
}

func (j *judge) location(e *entry, f *models.LocationChanged) verdict {
	known := j.state.Locations.At(f.DC)
	isNew := !known.Exists
	v := byVersion(known, f.Version, e.hash)
	if v == applied {
		j.effects.locations.put(f.DC, store.Fact[models.LocationChanged]{Event: e.event, Data: f, Hash: e.hash})
		j.appeared("location:"+f.DC, isNew)
	}
	return v
}

// appeared lets later events of this batch find a new master record, and
// notes that others may have waited for it.
func (j *judge) appeared(reference string, isNew bool) {
	if !isNew {
		return
	}
	j.masters = append(j.masters, reference)
	if found := j.state.References.At(reference); found != nil {
		*found = true
	}
}

// newMasters are the references that this transaction may bring.
func (j *judge) newMasters() []string {
	var refs []string
	for kind, keys := range map[string]*store.Keys[string, store.Known]{
		"item:": &j.state.Items, "supplier:": &j.state.Suppliers, "location:": &j.state.Locations,
	} {
		for _, id := range keys.All() {
			if !keys.At(id).Exists {
				refs = append(refs, kind+id)
			}
		}
	}
	return refs
}
