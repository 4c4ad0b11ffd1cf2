package models

import (
	"slices"
	"time"
)

// Owner is the source that alone may change an entity, or one record of it.
type Owner struct {
	Entity string
	Record string // ordering key; empty for every record that has no owner of its own
	Source string
	Since  time.Time
}

// Name is the record, or the entity as a whole.
func (o Owner) Name() string {
	if o.Record != "" {
		return o.Record
	}
	return o.Entity
}

// Entities lists the entities of types, each once, in their order.
func Entities(types ...EventType) []string {
	var entities []string
	for _, t := range types {
		if e := t.Entity(); !slices.Contains(entities, e) {
			entities = append(entities, e)
		}
	}
	return entities
}

// KnownEntity says whether a contract is about an entity of this name.
func KnownEntity(entity string) bool { return slices.Contains(Entities(EventTypes()...), entity) }
