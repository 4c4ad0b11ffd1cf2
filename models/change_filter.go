package models

import (
	"crypto/sha256"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxFilterNames = 100
	maxFilterName  = 64
)

// ChangeFilter says which changes somebody wants; an empty list leaves nothing
// out. Events that belong to no DC, such as an item's master record, concern
// every DC.
type ChangeFilter struct {
	Entities []string // sorted, each once
	DCs      []string // likewise
	Types    []EventType
}

// ParseChangeFilter reads lists of names with commas between them. CodeInvalid
// with ErrMalformed says which name is wrong.
func ParseChangeFilter(entities, dcs string) (ChangeFilter, error) {
	var f ChangeFilter
	var err error
	if f.Entities, err = filterNames("entity", entities); err != nil {
		return f, err
	}
	for _, e := range f.Entities {
		if !KnownEntity(e) {
			return f, malformed("There is no entity %q. The entities are %s.", e, strings.Join(Entities(EventTypes()...), ", "))
		}
	}
	f.DCs, err = filterNames("dc", dcs)
	return f, err
}

func filterNames(parameter, list string) ([]string, error) {
	if list == "" {
		return nil, nil
	}
	names := strings.Split(list, ",")
	if len(names) > maxFilterNames {
		return nil, malformed("The parameter %s may hold %d names at most.", parameter, maxFilterNames)
	}
	for _, name := range names {
		if name == "" || utf8.RuneCountInString(name) > maxFilterName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
			return nil, malformed("The parameter %s is a list of names of 1 to %d characters with commas between them.", parameter, maxFilterName)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func malformed(format string, args ...any) *Error {
	e := Errorf(CodeInvalid, format, args...)
	e.Cause = ErrMalformed
	return e
}

// For narrows the filter to what a key may read. CodeForbidden names an entity of
// which it may read nothing.
func (f ChangeFilter) For(key APIKey) (ChangeFilter, error) {
	if len(f.Entities) == 0 && len(key.Types) == 0 {
		return f, nil
	}
	wanted := make(map[string]bool, len(f.Entities))
	for _, e := range f.Entities {
		wanted[e] = false
	}
	f.Types = nil
	for _, t := range EventTypes() {
		if _, ok := wanted[t.Entity()]; (ok || len(wanted) == 0) && key.Allows(t) {
			f.Types = append(f.Types, t)
			wanted[t.Entity()] = true
		}
	}
	for _, e := range f.Entities {
		if !wanted[e] {
			return f, Errorf(CodeForbidden, "This API key may read no events of the entity %s.", e)
		}
	}
	return f, nil
}

// EntitiesFor names the entities of which the filter lets a key read something.
func (f ChangeFilter) EntitiesFor(key APIKey) []string {
	if len(f.Entities) > 0 {
		return f.Entities
	}
	return Entities(slices.DeleteFunc(EventTypes(), func(t EventType) bool { return !key.Allows(t) })...)
}

// digest tells one filter from another. A key's list of types is part of the
// filter, what the program knows of an entity is not: a new contract breaks no token.
func (f ChangeFilter) digest(key APIKey) [8]byte {
	types := make([]string, len(key.Types))
	for i, t := range key.Types {
		types[i] = string(t)
	}
	slices.Sort(types)
	sum := sha256.Sum256([]byte(strings.Join(f.Entities, ",") + "\n" + strings.Join(f.DCs, ",") + "\n" + strings.Join(types, ",")))
	return [8]byte(sum[:8])
}
