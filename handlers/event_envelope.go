package handlers

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"throughline/models"
)

// envelopeNote says what of an event is kept as it came.
const envelopeNote = "The log keeps the data and the extension attributes as they came and the other attributes one by one, not the bytes of the envelope: " +
	"it is put together from them here. What begins with throughline was added by the tower."

// cloudEvent sets an event out in CloudEvents' JSON format with the data that it
// came with, the attributes that every event has first.
func cloudEvent(e models.Event, data string) string {
	var members []string
	add := func(name string, value []byte) {
		key, _ := json.Marshal(name) // text always marshals
		members = append(members, string(key)+":"+string(value))
	}
	text := func(name, value string) {
		if value != "" {
			quoted, _ := json.Marshal(value)
			add(name, quoted)
		}
	}
	text("specversion", "1.0")
	text("id", e.ID)
	text("source", e.Source)
	text("type", string(e.Type))
	text("time", e.OccurredAt.UTC().Format(time.RFC3339Nano))
	text("subject", e.Subject)
	extensions := map[string]json.RawMessage{}
	if e.Extensions != "" && json.Unmarshal([]byte(e.Extensions), &extensions) != nil {
		text("extensions", e.Extensions) // unreadable, so shown as it is kept
	}
	for _, name := range slices.Sorted(maps.Keys(extensions)) {
		add(name, extensions[name])
	}
	if json.Valid([]byte(data)) {
		add("data", []byte(data))
	} else {
		text("data", data)
	}
	return indented("{" + strings.Join(members, ",") + "}")
}
