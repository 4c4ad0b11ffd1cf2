package contract

import (
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/message"

	"throughline/models"
)

// maxViolations bounds the answer to one bad payload.
const maxViolations = 20

// violations are the schema's own errors about data. The scanner goes first:
// its bounds on numbers keep the validator's rational arithmetic cheap, and the
// validator panics on exponents that big.Rat refuses.
func (c contract) violations(printer *message.Printer, data string) []models.Violation {
	s := scanner{in: data}
	s.skip()
	if s.end(); s.fault != nil {
		return []models.Violation{{Pointer: s.fault.Pointer, Message: s.fault.Message}}
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
	if err != nil {
		return []models.Violation{{Message: "not valid JSON"}}
	}
	var invalid *jsonschema.ValidationError
	if err := c.schema.Validate(value); !errors.As(err, &invalid) {
		return nil
	}
	var list []models.Violation
	for leaf := range leaves(invalid) {
		list = append(list, c.describe(printer, leaf)...)
		if len(list) >= maxViolations {
			return list[:maxViolations]
		}
	}
	return list
}

// leaves walks the errors that have no cause of their own.
func leaves(e *jsonschema.ValidationError) func(yield func(*jsonschema.ValidationError) bool) {
	return func(yield func(*jsonschema.ValidationError) bool) { walk(e, yield) }
}

func walk(e *jsonschema.ValidationError, yield func(*jsonschema.ValidationError) bool) bool {
	if len(e.Causes) == 0 {
		return yield(e)
	}
	for _, cause := range e.Causes {
		if !walk(cause, yield) {
			return false
		}
	}
	return true
}

func (c contract) describe(printer *message.Printer, e *jsonschema.ValidationError) []models.Violation {
	at := pointer(e.InstanceLocation)
	if missing, ok := e.ErrorKind.(*kind.Required); ok {
		list := make([]models.Violation, len(missing.Missing))
		for i, name := range missing.Missing {
			list[i] = models.Violation{Pointer: at + pointer([]string{name}), Message: "is required"}
		}
		return list
	}
	text := e.ErrorKind.LocalizedString(printer)
	if hint := c.hint(e.SchemaURL); hint != "" {
		text = fmt.Sprintf("must be %s (%s)", hint, text)
	}
	return []models.Violation{{Pointer: at, Message: text}}
}

// hint is the description of the failing part when it says what is wanted:
// only the shared definitions do.
func (c contract) hint(schemaURL string) string {
	_, name, ok := strings.Cut(schemaURL, "#/$defs/")
	if !ok {
		return ""
	}
	definitions, _ := c.doc["$defs"].(map[string]any)
	definition, _ := definitions[name].(map[string]any)
	description, _ := definition["description"].(string)
	return description
}

func pointer(path []string) string {
	var b strings.Builder
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, part := range path {
		b.WriteByte('/')
		b.WriteString(escape.Replace(part))
	}
	return b.String()
}
