package api

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

// documentReading describes the plain handlers of polling consumers in the OpenAPI.
func (a *API) documentReading() {
	schemas := a.huma.OpenAPI().Components.Schemas
	entities := strings.Join(models.Entities(models.EventTypes()...), ", ")
	dc := &huma.Param{Name: "dc", In: "query", Description: "Distribution centers with commas between them; what belongs to none is always in.", Schema: text()}
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: changesPath, OperationID: "get-changes", Summary: "Poll what took effect", Tags: []string{"Changes"},
		Description: "What took effect since a delta token, in the order in which it did, of one snapshot. Needs a key with the scope read.",
		Security:    []map[string][]string{{keyScheme: {}}},
		Parameters: []*huma.Param{
			{Name: "since", In: "query", Schema: text(), Description: "The next of the last answer or of an export; now for what is yet to come; " +
				"nothing for the oldest change that is kept."},
			{Name: "entity", In: "query", Schema: text(), Description: "Entities with commas between them: " + entities + "."},
			dc,
			{Name: "limit", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger, Default: standardChanges}, Description: "Changes a page, 1 to 5,000."},
		},
		Responses: a.readingResponses("200", &huma.Response{Description: "A page of changes.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: schemas.Schema(reflect.TypeFor[changesAnswer](), true, "")},
		}}),
	})
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: exportPath + "{entity}", OperationID: "get-export", Summary: "Export an entity's state", Tags: []string{"Changes"},
		Description: "Every record of an entity from one snapshot, a line each: {\"type\", \"data\"}. The last line is {\"next\", \"rows\"}: the delta token " +
			"from which the changes of this entity and these DCs go on without gap or double. An export without its last line is incomplete.",
		Security: []map[string][]string{{keyScheme: {}}},
		Parameters: []*huma.Param{
			{Name: "entity", In: "path", Required: true, Schema: text(), Description: "One of " + entities + "."}, dc,
		},
		Responses: a.readingResponses("200", &huma.Response{Description: "The records.", Content: map[string]*huma.MediaType{
			ndjsonType: {Schema: text()},
		}}),
	})
}

func text() *huma.Schema { return &huma.Schema{Type: huma.TypeString} }

func (a *API) readingResponses(status string, good *huma.Response) map[string]*huma.Response {
	refused := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem](), true, "Problem")
	responses := map[string]*huma.Response{status: good}
	for status, text := range map[string]string{
		"400": "A parameter cannot be read, or the token was changed or belongs to another filter.",
		"401": "The API key is missing, unknown or revoked.",
		"403": "The key may not read this.",
		"410": "The token points before what is kept; exports names what to begin again with.",
		"429": "More requests than the key's limit allows now. Ask again after Retry-After.",
		"503": "The database is down, or enough exports run. Ask again after Retry-After.",
	} {
		responses[status] = &huma.Response{Description: text, Content: map[string]*huma.MediaType{problemType: {Schema: refused}}}
	}
	return responses
}
