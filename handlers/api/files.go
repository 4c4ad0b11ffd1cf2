package api

import (
	"mime"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"throughline/models"
)

const (
	filesPath = "/api/v1/files"

	// filePatience is how long a step of a file may take: as long as a sender and
	// the log are at work, a file may take hours.
	filePatience = 2 * time.Minute
)

// fileStopped is a problem with what was taken in before it.
type fileStopped struct {
	problem
	File models.FileAnswer `json:"file" doc:"What became of the rows before."`
}

// postFile takes in a table. It is a plain handler: the body is read row by row.
func (a *API) postFile(c echo.Context) error {
	r := c.Request()
	media, parameters, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if charset := parameters["charset"]; err != nil || media != "text/csv" || charset != "" && charset != "utf-8" && charset != "UTF-8" {
		return a.writeProblem(c, models.Wrap(models.CodeInvalid, models.ErrMediaType, "A file is sent as text/csv in UTF-8, packed with gzip if you like."))
	}
	control := http.NewResponseController(c.Response())
	alive := func() { // the server's own patience is for requests that are soon over
		_ = control.SetReadDeadline(time.Now().Add(filePatience))
	}
	alive()
	answer, err := a.cfg.Files.AcceptFile(r.Context(), models.FileRequest{
		Authorization: r.Header.Get(echo.HeaderAuthorization), Type: models.EventType(c.QueryParam("type")), Name: c.QueryParam("name"),
		Encoding: r.Header.Get(echo.HeaderContentEncoding), Body: r.Body, Alive: alive,
	})
	if err != nil {
		p := a.describe(r.Context(), err)
		p.headers(err, c.Response().Header().Set)
		c.Response().Header().Set(echo.HeaderContentType, problemType)
		return c.JSON(p.Status, fileStopped{problem: p, File: answer})
	}
	if answer.Rejected > 0 && answer.Rejected == answer.Rows {
		p := problemOf(r.Context(), http.StatusUnprocessableEntity, "No row was accepted. Each fault names a line and what to mend.")
		c.Response().Header().Set(echo.HeaderContentType, problemType)
		return c.JSON(p.Status, fileStopped{problem: p, File: answer})
	}
	return c.JSON(http.StatusOK, answer)
}

// documentFiles describes the plain handler of files in the OpenAPI.
func (a *API) documentFiles() {
	schemas := a.huma.OpenAPI().Components.Schemas
	refused := schemas.Schema(reflect.TypeFor[fileStopped](), true, "")
	responses := map[string]*huma.Response{
		"200": {Description: "Every row is stored or listed as rejected.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: schemas.Schema(reflect.TypeFor[models.FileAnswer](), true, "")},
		}},
	}
	for status, text := range map[string]string{
		"400": "The header or the packing cannot be read.",
		"401": "The API key is missing, unknown or revoked.",
		"403": "The key may not bring this type.",
		"404": "There is no such type.",
		"413": "A row has more than 1 MB.",
		"415": "The media type, charset or encoding is not accepted.",
		"422": "No row was accepted, or facts of the type are more than a row.",
		"429": "The key's limit does not allow more for a minute. Send the file again.",
		"503": "There was no room for a minute, or what was brought is paused. Send the file again after Retry-After.",
	} {
		responses[status] = &huma.Response{Description: text, Content: map[string]*huma.MediaType{problemType: {Schema: refused}}}
	}
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: filesPath, OperationID: "post-file", Summary: "Send a file",
		Description: "A CSV file, each row an event of a type: the header names the contract's fields, an empty cell leaves a field out, a list has blanks between its values. " +
			"It is read row by row and may have any length. Sent again, what was taken in counts as duplicate.",
		Tags: []string{"Events"}, Security: []map[string][]string{{keyScheme: {}}}, Responses: responses,
		Parameters: []*huma.Param{
			{Name: "type", In: "query", Required: true, Schema: text(), Description: "The contract of the rows.", Example: string(models.TypeBalance)},
			{Name: "name", In: "query", Schema: text(), Description: "The file's name, kept with each row beside its line."},
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"text/csv": {Schema: text()}}},
	})
}
