package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

// documentEvents describes the plain handler of event intake in the OpenAPI.
func (a *API) documentEvents() {
	schemas := a.huma.OpenAPI().Components.Schemas
	answer := schemas.Schema(reflect.TypeFor[models.IntakeAnswer](), true, "")
	refused := schemas.Schema(reflect.TypeFor[problem](), true, "Problem")
	event := &huma.Schema{
		Type:        huma.TypeObject,
		Description: "A CloudEvents 1.0 event; data follows the contract that type names, see /contracts/.",
		Required:    []string{"specversion", "id", "source", "type", "data"},
		Properties: map[string]*huma.Schema{
			"specversion":   {Type: huma.TypeString, Enum: []any{"1.0"}},
			"id":            {Type: huma.TypeString, Description: "Unique at its source for 90 days."},
			"source":        {Type: huma.TypeString, Description: "The API key's own source."},
			"type":          {Type: huma.TypeString, Enum: typeNames(a.cfg.Contracts.Contracts())},
			"subject":       {Type: huma.TypeString},
			"time":          {Type: huma.TypeString, Format: "date-time"},
			"traceparent":   {Type: huma.TypeString, Description: "W3C trace context; without it the tower begins a trace."},
			"correlationid": {Type: huma.TypeString, Description: "The business case that it belongs to; without it, the event's own id."},
			"causationid":   {Type: huma.TypeString, Description: "The id of what it follows from."},
			"data":          {Type: huma.TypeObject},
		},
	}
	body := map[string]*huma.MediaType{
		"application/cloudevents+json":       {Schema: event},
		"application/cloudevents-batch+json": {Schema: &huma.Schema{Type: huma.TypeArray, Items: event}},
		"application/json":                   {Schema: &huma.Schema{Type: huma.TypeObject, Description: "The data alone; the attributes are ce- headers."}},
	}
	responses := map[string]*huma.Response{
		"202": {Description: "Durably stored; a result an event. What is paused is not: each such result says when to send it again, and so does Retry-After.", Content: map[string]*huma.MediaType{"application/json": {Schema: answer}}},
	}
	for status, text := range refusals() {
		responses[status] = &huma.Response{Description: text, Content: map[string]*huma.MediaType{problemType: {Schema: refused}}}
	}
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: eventsPath, OperationID: "post-events", Summary: "Send events",
		Description: "CloudEvents 1.0 in structured, batched or binary form, JSON data, optionally packed with gzip. " +
			"At most 1 MB an event, 8 MB and 1,000 events a request, unpacked.",
		Tags: []string{"Events"}, Security: []map[string][]string{{keyScheme: {}}},
		RequestBody: &huma.RequestBody{Required: true, Content: body}, Responses: responses,
	})
}

func typeNames(contracts []models.Contract) []any {
	names := make([]any, len(contracts))
	for i, c := range contracts {
		names[i] = string(c.Type)
	}
	return names
}

func refusals() map[string]string {
	return map[string]string{
		"400": "The body or its headers cannot be read.",
		"401": "The API key is missing, unknown or revoked.",
		"403": "The key is of another source, or may not bring this type. Nothing was stored.",
		"413": "Too many bytes or events. Nothing was stored.",
		"415": "The media type, charset or encoding is not accepted.",
		"422": "Every event was rejected; the results say why.",
		"429": "More events than the key's limit allows now. Send the same again after Retry-After.",
		"503": "The queue or disk is full, the database is down, or all that was brought is paused. Send the same again after Retry-After.",
	}
}
