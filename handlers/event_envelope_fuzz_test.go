package handlers

import (
	"encoding/json"
	"testing"

	"throughline/models"
)

// FuzzAnEventIsSetOutAsJSON takes data and extensions of any text, as a table may hold them.
func FuzzAnEventIsSetOutAsJSON(f *testing.F) {
	f.Add("1", `{"sequence":"7"}`, `{"on_hand":1.50}`)
	f.Add(`"`, "", "")
	f.Add("\x00", "{", "[")
	f.Fuzz(func(t *testing.T, id, extensions, data string) {
		text := cloudEvent(models.Event{ID: id, Source: "erp", Type: models.TypeBalance, Extensions: extensions}, data)
		var event map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			t.Fatalf("%q, %q and %q are set out as %q: %v", id, extensions, data, text, err)
		}
		if event["specversion"] == nil || event["type"] == nil || data != "" && event["data"] == nil {
			t.Errorf("%q, %q and %q lose something: %s", id, extensions, data, text)
		}
	})
}
