package contract

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"throughline/models"
)

//go:embed schemas/*.json
var schemaFiles embed.FS

// baseURL makes the schemas' relative ids absolute while they are compiled; nothing is ever fetched.
const baseURL = "throughline:///"

// Registry holds the compiled schemas of all types. It is safe for concurrent use.
type Registry struct {
	contracts map[models.EventType]contract
	printer   *message.Printer
}

type contract struct {
	summary models.Contract
	text    []byte
	doc     map[string]any
	schema  *jsonschema.Schema
}

// NewRegistry returns the schemas of all types, compiled once a process; it fails
// only when a schema file is wrong.
func NewRegistry() (*Registry, error) { return builtIn() }

// builtIn keeps what was compiled: it never changes, and takes longer than most
// of what it is needed for.
var builtIn = sync.OnceValues(compileAll)

func compileAll() (*Registry, error) {
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	compiler.RegisterFormat(&jsonschema.Format{Name: "date-time", Validate: validateTime})
	compiler.RegisterFormat(&jsonschema.Format{Name: "iana-time-zone", Validate: validateZone})
	compiler.RegisterFormat(&jsonschema.Format{Name: "gtin", Validate: validateGTIN})
	r := &Registry{
		contracts: make(map[models.EventType]contract, len(models.EventTypes())),
		printer:   message.NewPrinter(language.English),
	}
	for _, t := range models.EventTypes() {
		c, err := compile(compiler, t)
		if err != nil {
			return nil, fmt.Errorf("contract %s: %w", t, err)
		}
		r.contracts[t] = c
	}
	return r, nil
}

func compile(compiler *jsonschema.Compiler, t models.EventType) (contract, error) {
	text, err := schemaFiles.ReadFile("schemas/" + string(t) + ".json")
	if err != nil {
		return contract{}, err
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return contract{}, err
	}
	url := baseURL + "contracts/" + string(t)
	if err := compiler.AddResource(url, doc); err != nil {
		return contract{}, err
	}
	schema, err := compiler.Compile(url)
	if err != nil {
		return contract{}, err
	}
	object, isObject := doc.(map[string]any)
	if !isObject {
		return contract{}, fmt.Errorf("the schema of %s is no object", t)
	}
	return contract{
		summary: models.Contract{Type: t, Title: schema.Title, Description: schema.Description, Lane: t.Lane()},
		text:    text, doc: object, schema: schema,
	}, nil
}

func validateTime(v any) error {
	text, ok := v.(string)
	if !ok {
		return nil
	}
	_, err := parseTime(text)
	return err
}

func validateZone(v any) error {
	text, ok := v.(string)
	if !ok {
		return nil
	}
	return loadZone(text)
}

func validateGTIN(v any) error {
	if text, ok := v.(string); ok && !validGTIN(text) {
		return errGTIN
	}
	return nil
}

// Contracts lists what intake accepts, in the order of models.EventTypes.
func (r *Registry) Contracts() []models.Contract {
	list := make([]models.Contract, 0, len(r.contracts))
	for _, t := range models.EventTypes() {
		list = append(list, r.contracts[t].summary)
	}
	return list
}

// Schema is the JSON Schema of a type as it is published, CodeNotFound when
// there is none. The caller must not change it.
func (r *Registry) Schema(t models.EventType) (json.RawMessage, error) {
	c, ok := r.contracts[t]
	if !ok {
		return nil, models.Errorf(models.CodeNotFound, "No contract is named %s. GET /contracts/ lists them.", t)
	}
	return c.text, nil
}

// Explain lists what is wrong with a payload that Decode refused with fault,
// as JSON Pointers into it, by its schema; at least the fault itself.
func (r *Registry) Explain(t models.EventType, data string, fault *Fault) []models.Violation {
	only := []models.Violation{{Pointer: fault.Pointer, Message: fault.Message}}
	c, ok := r.contracts[t]
	if !ok || fault.Syntax {
		return only
	}
	if errs := c.violations(r.printer, data); len(errs) > 0 {
		return errs
	}
	return only
}
