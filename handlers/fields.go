package handlers

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"throughline/views/ui"
)

func fieldValue(text string) templ.Component {
	if text == "" {
		return ui.Muted("–")
	}
	return ui.Text(text)
}

// fieldsOf are the fields of a document by their path, those of the objects in a
// list by their place in it; what is no object is one field.
func fieldsOf(document string) map[string]string {
	fields := map[string]string{}
	if document != "" {
		gatherFields(fields, "", json.RawMessage(document))
	}
	return fields
}

func gatherFields(fields map[string]string, path string, value json.RawMessage) {
	var object map[string]json.RawMessage
	if json.Unmarshal(value, &object) == nil && object != nil {
		for name, inner := range object {
			gatherFields(fields, strings.TrimPrefix(path+"."+name, "."), inner)
		}
		return
	}
	var list []map[string]json.RawMessage
	if json.Unmarshal(value, &list) == nil && len(list) > 0 {
		for i := range list {
			inner, _ := json.Marshal(list[i]) // what was read a moment ago can be written
			gatherFields(fields, strings.TrimPrefix(path+"."+strconv.Itoa(i+1), "."), inner)
		}
		return
	}
	text := string(value)
	if plain := ""; json.Unmarshal(value, &plain) == nil {
		text = plain // null is nothing
	}
	if path == "" {
		path = "value"
	}
	if text != "" {
		fields[path] = text
	}
}
