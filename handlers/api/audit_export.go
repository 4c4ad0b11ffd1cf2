package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"throughline/models"
)

// auditEnd is the last line: without it the export is incomplete.
type auditEnd struct {
	Rows int64 `json:"rows"`
}

// getAuditExport streams the trail as lines, each as it comes from the database.
func (a *API) getAuditExport(c echo.Context) error {
	payloads, err := a.auditor(c.Request(), c.Response().Header().Set)
	if err != nil {
		return a.writeProblem(c, err)
	}
	filter, err := models.ParseAuditFilter(c.QueryParam)
	if err != nil {
		return a.writeProblem(c, err)
	}
	leave, err := a.beginExport()
	if err != nil {
		return a.writeProblem(c, err)
	}
	defer leave()
	return a.streamLines(c, func(ctx context.Context, to *lines) error {
		err := a.cfg.Audit.Export(ctx, filter, func(r models.AuditRow) error { return to.write(shownAudit(r, payloads)) })
		if err != nil {
			return err
		}
		return to.finish(auditEnd{Rows: to.rows})
	})
}

func (a *API) documentAuditExport() {
	param := func(name, description string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Schema: text(), Description: description}
	}
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: auditExportPath, OperationID: "get-audit-export", Summary: "Export the audit trail", Tags: []string{"Audit"},
		Description: "Every row that matches, from one snapshot, the oldest first, a line each. The last line is {\"rows\"}, their number. " +
			"An export without its last line is incomplete.",
		Security: []map[string][]string{{keyScheme: {}}},
		Parameters: []*huma.Param{
			param("actor", "Who did it."), param("action", "exception.assign, or exception. for all of its verbs."),
			param("subject", "exception:42; exception: for all of the kind; or a part of the name."),
			param("from", "From then on: RFC 3339, a minute or a day in UTC."), param("to", "Before then; a day is in it as a whole."),
		},
		Responses: a.readingResponses("200", &huma.Response{Description: "The rows.", Content: map[string]*huma.MediaType{
			ndjsonType: {Schema: text()},
		}}),
	})
}
