package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"throughline/models"
)

const (
	auditPath       = "/api/v1/audit"
	auditExportPath = auditPath + "/export"
)

// AuditReader reads who changed what, and why. CodeInvalid says that a place of
// the trail is none; Export gives each row of one snapshot, the oldest first.
type AuditReader interface {
	Page(ctx context.Context, f models.AuditFilter, after string, limit int) (models.AuditPage, error)
	Export(ctx context.Context, f models.AuditFilter, row func(models.AuditRow) error) error
}

// AuditRight is what a person who has signed in may see of the audit trail.
type AuditRight struct {
	SignedIn bool
	Read     bool
	Payloads bool // what of a payload an edit changed
}

type auditRow struct {
	ID      int64           `json:"id"`
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor" doc:"The account, or who ran the command." example:"ann"`
	Action  string          `json:"action" doc:"A noun and a verb." example:"exception.assign"`
	Subject string          `json:"subject" doc:"A kind and a name." example:"exception:42"`
	Reason  string          `json:"reason,omitempty"`
	Before  json.RawMessage `json:"before,omitempty" doc:"What stood before, where the change keeps it."`
	After   json.RawMessage `json:"after,omitempty" doc:"What stood after, or what came of it."`
}

type auditInput struct {
	AuditQuery
	After string `query:"after" doc:"The next of the last page."`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Rows a page."`
	Sort  string `query:"sort" maxLength:"16" doc:"when, who, what or about, descending with a - before it; the newest first when it is left out." example:"-who"`
}

// AuditQuery is the filter as the page of the trail has it in its address.
type AuditQuery struct {
	Actor   string `query:"actor" maxLength:"128" doc:"Who did it."`
	Action  string `query:"action" maxLength:"128" doc:"exception.assign, or exception. for all that was done about exceptions."`
	Subject string `query:"subject" maxLength:"512" doc:"exception:42; exception: for all of the kind; or a part of the name in either case."`
	From    string `query:"from" maxLength:"64" doc:"From then on: RFC 3339, a minute in UTC or a day in UTC."`
	To      string `query:"to" maxLength:"64" doc:"Before then; a day is in it as a whole."`
}

func (q AuditQuery) filter() (models.AuditFilter, error) {
	values := url.Values{"actor": {q.Actor}, "action": {q.Action}, "subject": {q.Subject}, "from": {q.From}, "to": {q.To}}
	return models.ParseAuditFilter(values.Get)
}

type auditOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Rows []auditRow `json:"rows"`
		Next string     `json:"next,omitempty" doc:"Send it as after for the page that follows; missing on the last page."`
	}
}

type auditPayloads struct{}

// withAuditor makes an operation ask for a person who may see the trail, or for a
// key that was made to read it.
func (a *API) withAuditor(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{keyScheme: {}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		payloads, err := a.auditor(humaecho.Unwrap(ctx).Request(), ctx.SetHeader)
		if err != nil {
			a.refuse(ctx, err)
			return
		}
		next(huma.WithValue(ctx, auditPayloads{}, payloads))
	})
	return op
}

// auditor refuses who may not see the trail and tells whether payloads may be shown.
func (a *API) auditor(r *http.Request, set func(name, value string)) (payloads bool, _ error) {
	if person := a.cfg.Auditor(r); person.SignedIn {
		if !person.Read {
			return false, models.Errorf(models.CodeForbidden, "Your role does not show the audit trail.")
		}
		return person.Payloads, nil
	}
	key, err := a.cfg.Keys.Authenticate(r.Context(), r.Header.Get(echo.HeaderAuthorization))
	if err == nil {
		err = a.charge(key, set)
	}
	if err == nil && !key.May(models.ScopeAudit) {
		err = models.Errorf(models.CodeForbidden,
			"This API key of %s may not read the audit trail. `throughline key add --source NAME --scope audit` makes one that may.", key.Source)
	}
	return false, err
}

func (a *API) routeAudit(e *echo.Echo) {
	huma.Register(a.huma, a.withAuditor(huma.Operation{
		Method: http.MethodGet, Path: auditPath, OperationID: "get-audit", Summary: "Read the audit trail", Tags: []string{"Audit"},
		Description: "Who changed what, when and why, with what stood before and after, the newest change first. " +
			"Needs a key with the scope audit, or a person whose role shows the trail.",
		Errors: []int{http.StatusBadRequest, http.StatusUnprocessableEntity},
	}), func(ctx context.Context, in *auditInput) (*auditOutput, error) {
		filter, err := in.filter()
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		filter.By = models.ParseSorting(in.Sort)
		page, err := a.cfg.Audit.Page(ctx, filter, in.After, in.Limit)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		payloads, _ := ctx.Value(auditPayloads{}).(bool)
		out := &auditOutput{CacheControl: "no-store"}
		out.Body.Rows, out.Body.Next = make([]auditRow, len(page.Rows)), page.Next
		for i, r := range page.Rows {
			out.Body.Rows[i] = shownAudit(r, payloads)
		}
		return out, nil
	})
	e.GET(auditExportPath, a.getAuditExport)
	a.documentAuditExport()
}

func shownAudit(r models.AuditRow, payloads bool) auditRow {
	r = r.Shown(payloads)
	return auditRow{
		ID: r.ID, At: r.At.UTC(), Actor: r.Actor, Action: r.Action, Subject: r.Subject, Reason: r.Reason,
		Before: document(r.Before), After: document(r.After),
	}
}

// document is JSON as it stands, left out where there is none.
func document(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}
