package contract

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"throughline/models"
)

// Columns are the fields of a contract that the columns of a table can give.
type Columns map[string]columnKind

type columnKind int

const (
	columnText columnKind = iota
	columnNumber
	columnList // values with blanks between them
)

// Columns tells those of a type; CodeInvalid when its facts are not as flat as a
// row, CodeNotFound when there is no such type.
func (r *Registry) Columns(t models.EventType) (Columns, error) {
	c, ok := r.contracts[t]
	if !ok {
		return nil, models.Errorf(models.CodeNotFound, "No contract is named %s. GET /contracts/ lists them.", t)
	}
	definitions, _ := c.doc["$defs"].(map[string]any)
	properties, _ := c.doc["properties"].(map[string]any)
	columns := make(Columns, len(properties))
	for name, property := range properties {
		kind, flat := columnOf(definitions, property)
		if !flat {
			return nil, models.Errorf(models.CodeInvalid, "%s cannot come as a table: %s is more than a value. Send it as an event.", t, name)
		}
		columns[name] = kind
	}
	return columns, nil
}

func columnOf(definitions map[string]any, property any) (kind columnKind, flat bool) {
	schema, _ := property.(map[string]any)
	if ref, ok := schema["$ref"].(string); ok {
		schema, _ = definitions[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	switch schema["type"] {
	case "object":
		return columnText, false
	case "array":
		item, flat := columnOf(definitions, schema["items"])
		return columnList, flat && item != columnList
	case "integer":
		return columnNumber, true
	}
	return columnText, true
}

// Row is the JSON of a fact: names are the columns and cells their values, an
// empty one being left out. A cell that does not suit its column is written as
// text, for the contract to say what is wrong with it.
func (c Columns) Row(names, cells []string) string {
	b := make([]byte, 0, 256)
	b = append(b, '{')
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendText(b, names[i]), ':')
		switch c[names[i]] {
		case columnNumber:
			b = appendNumber(b, cell)
		case columnList:
			b = append(b, '[')
			for j, value := range strings.Fields(cell) {
				if j > 0 {
					b = append(b, ',')
				}
				b = appendText(b, value)
			}
			b = append(b, ']')
		default:
			b = appendText(b, cell)
		}
	}
	return string(append(b, '}'))
}

// appendNumber writes a whole number as one; json.Valid knows which text is.
func appendNumber(b []byte, cell string) []byte {
	if strings.Trim(cell, "-0123456789") == "" && json.Valid([]byte(cell)) {
		return append(b, cell...)
	}
	return appendText(b, cell)
}

func appendText(b []byte, text string) []byte {
	quoted, err := json.Marshal(strings.ToValidUTF8(text, string(utf8.RuneError)))
	if err != nil { // a string always marshals
		return append(b, `""`...)
	}
	return append(b, quoted...)
}
