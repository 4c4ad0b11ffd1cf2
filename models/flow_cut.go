package models

import (
	"net/url"
	"slices"
	"strings"
)

// FlowCut is the part of the flow that is asked for; empty parts do not cut.
type FlowCut struct {
	DC      string
	Entity  string
	Version string // of the contract: "v1"
}

// Typed reports whether the cut leaves out some types of events.
func (c FlowCut) Typed() bool { return c.Entity != "" || c.Version != "" }

// Types are the contracts inside the cut; nil when it does not cut by them.
func (c FlowCut) Types() []EventType {
	if !c.Typed() {
		return nil
	}
	return slices.DeleteFunc(EventTypes(), func(t EventType) bool {
		return c.Entity != "" && t.Entity() != c.Entity || c.Version != "" && versionOf(t) != c.Version
	})
}

// Holds reports whether events of an entity are inside the cut.
func (c FlowCut) Holds(entity string) bool {
	return !c.Typed() || slices.ContainsFunc(c.Types(), func(t EventType) bool { return t.Entity() == entity })
}

// Coarse reports whether an entity of the cut has contracts outside of it: what
// is counted by entity then counts more than the cut.
func (c FlowCut) Coarse() bool {
	return c.Version != "" && slices.ContainsFunc(EventTypes(), func(t EventType) bool {
		return c.Holds(t.Entity()) && versionOf(t) != c.Version
	})
}

// FlowEntities lists the entities of all contracts.
func FlowEntities() []string { return distinct(EventType.Entity) }

// FlowVersions lists the versions of all contracts.
func FlowVersions() []string { return distinct(versionOf) }

func versionOf(t EventType) string {
	_, version := t.Contract()
	return version
}

func distinct(part func(EventType) string) []string {
	var all []string
	for _, t := range EventTypes() {
		if value := part(t); !slices.Contains(all, value) {
			all = append(all, value)
		}
	}
	return all
}

// TopicFlow is the flow map, or a part of it.
func TopicFlow(c FlowCut) Topic {
	values := url.Values{}
	for name, value := range map[string]string{"dc": c.DC, "entity": c.Entity, "version": c.Version} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return "flow"
	}
	return Topic("flow:" + values.Encode())
}

// FlowCutOf is what a topic of the flow map is cut to.
func FlowCutOf(t Topic) (FlowCut, error) {
	_, query, _ := strings.Cut(string(t), ":")
	values, err := url.ParseQuery(query)
	if err != nil {
		return FlowCut{}, Wrap(CodeInvalid, err, "This part of the flow cannot be read.")
	}
	return FlowCut{DC: values.Get("dc"), Entity: values.Get("entity"), Version: values.Get("version")}, nil
}
