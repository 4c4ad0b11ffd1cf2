package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
)

// Status is the one map from our codes to HTTP.
func Status(code models.Code) int {
	switch code {
	case models.CodeInvalid:
		return http.StatusUnprocessableEntity
	case models.CodeUnauthenticated:
		return http.StatusUnauthorized
	case models.CodeForbidden:
		return http.StatusForbidden
	case models.CodeNotFound:
		return http.StatusNotFound
	case models.CodeConflict:
		return http.StatusConflict
	case models.CodePrecondition:
		return http.StatusPreconditionFailed
	case models.CodeUnavailable:
		return http.StatusServiceUnavailable
	case models.CodeGone:
		return http.StatusGone
	case models.CodeThrottled:
		return http.StatusTooManyRequests
	case models.CodeInternal:
	}
	return http.StatusInternalServerError
}

// problem is an RFC 9457 problem.
type problem struct {
	Type      string              `json:"type"`
	Title     string              `json:"title"`
	Status    int                 `json:"status"`
	Detail    string              `json:"detail,omitempty"`
	Instance  string              `json:"instance,omitempty"`
	Retryable bool                `json:"retryable"`
	TraceID   string              `json:"trace_id,omitempty"`
	Errors    []models.FieldError `json:"errors,omitempty"`
}

func (s *Server) handleError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status, message := s.statusOf(err)
	reference := c.Response().Header().Get(echo.HeaderXRequestID)
	if status == http.StatusServiceUnavailable && c.Response().Header().Get(echo.HeaderRetryAfter) == "" {
		c.Response().Header().Set(echo.HeaderRetryAfter, "2")
	}
	var werr error
	switch {
	case c.Request().Method == http.MethodHead:
		werr = c.NoContent(status)
	case wantsProblem(c.Request()):
		werr = writeProblem(c, status, message, reference, err)
	case status == http.StatusUnauthorized:
		werr = toSignIn(c)
	default:
		if status < http.StatusInternalServerError {
			s.recognise(c)
		}
		werr = s.cfg.ErrorPage(c, status, message, reference)
	}
	if werr != nil && c.Request().Context().Err() == nil { // nobody is left to be answered otherwise
		s.cfg.Log.WarnContext(c.Request().Context(), "the error could not be answered", "error", werr)
	}
}

func (s *Server) statusOf(err error) (status int, message string) {
	var coded *models.Error
	var httpErr *echo.HTTPError
	switch {
	case errors.As(err, &coded):
		return Status(coded.Code), coded.Message
	case errors.As(err, &httpErr):
		return httpErr.Code, http.StatusText(httpErr.Code)
	case s.cfg.Down(err):
		return http.StatusServiceUnavailable, "The database does not answer, or has no room. Try again in a moment."
	}
	return http.StatusInternalServerError, publicMessage(err)
}

func wantsProblem(r *http.Request) bool {
	path, accept := r.URL.Path, r.Header.Get(echo.HeaderAccept)
	return strings.HasPrefix(path, "/api/") || path == LivePath ||
		strings.Contains(accept, "json") && !strings.Contains(accept, echo.MIMETextHTML)
}

func writeProblem(c echo.Context, status int, message, reference string, err error) error {
	kind := models.ProblemOf(status)
	p := problem{
		Type: kind.Type(), Title: http.StatusText(status), Status: status,
		Detail: message, Instance: "urn:throughline:request:" + reference, Retryable: kind.Retryable, TraceID: models.CallersTrace(c.Request().Header.Get),
	}
	if coded, ok := errors.AsType[*models.Error](err); ok {
		p.Errors = coded.Fields
	}
	if httpErr, ok := errors.AsType[*echo.HTTPError](err); ok && strings.HasPrefix(c.Request().URL.Path, "/api/") {
		p.Detail = nothingAt(c.Request(), httpErr.Code, p.Detail)
	}
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	return c.JSON(status, p)
}

// nothingAt tells a program that missed the API where it is described.
func nothingAt(r *http.Request, status int, otherwise string) string {
	switch status {
	case http.StatusNotFound:
		return "There is nothing at " + r.URL.Path + ". What there is stands in /api/openapi.json."
	case http.StatusMethodNotAllowed:
		return r.URL.Path + " does not take " + r.Method + ". What it takes stands in /api/openapi.json."
	}
	return otherwise
}

// toSignIn sends a stranger to the sign-in page and, for what was only read,
// back again afterwards. htmx follows HX-Redirect with the whole page.
func toSignIn(c echo.Context) error {
	to := "/sign-in"
	r := c.Request()
	if r.Header.Get("HX-Request") == "true" {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusUnauthorized)
	}
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	return c.Redirect(http.StatusSeeOther, to)
}
