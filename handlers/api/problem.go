package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"throughline/models"
)

const problemType = "application/problem+json"

// problem is an RFC 9457 problem; of a refused intake it has a result an event too.
type problem struct {
	Type      string `json:"type" format:"uri-reference" doc:"What kind of problem it is, which never changes; a GET of it says so in words." example:"/api/problems/throttled"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Retryable bool   `json:"retryable" doc:"The same request may pass later, unchanged; where it says when, after Retry-After."`
	TraceID   string `json:"trace_id,omitempty" doc:"Of the trace that traceparent named." example:"4bf92f3577b34da6a3ce929d0e0e4736"`

	Errors   []models.Violation    `json:"errors,omitempty"`
	Results  []models.IntakeResult `json:"results,omitempty"`
	Rejected int                   `json:"rejected,omitempty"`
	Hop      string                `json:"hop,omitempty" doc:"Of 503: the part that has no room or does not answer."`
	Exports  []string              `json:"exports,omitempty" doc:"Where to begin again."`
}

// problemOf is a problem of the kind that a status is answered with.
func problemOf(ctx context.Context, status int, detail string) problem {
	kind := models.ProblemOf(status)
	return problem{Type: kind.Type(), Title: http.StatusText(status), Status: status, Detail: detail, Retryable: kind.Retryable, TraceID: callersTrace(ctx)}
}

// status is the HTTP status of err: that of its code, or a finer one of intake's.
func (a *API) status(err error) int {
	switch {
	case errors.Is(err, models.ErrMalformed):
		return http.StatusBadRequest
	case errors.Is(err, models.ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, models.ErrMediaType):
		return http.StatusUnsupportedMediaType
	}
	return a.cfg.Status(models.CodeOf(err))
}

// describe turns err into a problem for whoever asks. The cause of a failure of
// ours is for the log alone.
func (a *API) describe(ctx context.Context, err error) problem {
	status, detail, hop := a.status(err), "Something went wrong on our side. Try again later.", ""
	var coded *models.Error
	switch {
	case errors.As(err, &coded):
		detail, hop = coded.Message, coded.Hop
	case a.cfg.Down(err):
		hop = "the database"
		status, detail = http.StatusServiceUnavailable, "The database does not answer, or has no room. Try again after the pause in Retry-After."
	}
	p := problemOf(ctx, status, detail)
	p.Hop = hop
	if p.Status >= http.StatusInternalServerError && ctx.Err() == nil { // who has hung up is no failure of ours
		a.cfg.Log.ErrorContext(ctx, "an API request failed", slog.Int("status", p.Status), slog.Any("error", err))
	}
	return p
}

// headers sets what goes with a problem: when to try again, how to sign in.
func (p problem) headers(err error, set func(name, value string)) {
	switch p.Status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		set("Retry-After", retryAfter(err))
	case http.StatusUnauthorized:
		set("WWW-Authenticate", `Bearer realm="throughline"`)
	}
}

// retryAfter is in whole seconds, at least one.
func retryAfter(err error) string {
	const standard = 2 * time.Second
	pause := standard
	var coded *models.Error
	if errors.As(err, &coded) && coded.RetryAfter > 0 {
		pause = coded.RetryAfter
	}
	return strconv.Itoa(int((pause + time.Second - 1) / time.Second))
}

func (a *API) writeProblem(c echo.Context, err error) error {
	p := a.describe(c.Request().Context(), err)
	p.headers(err, c.Response().Header().Set)
	return sendProblem(c, p)
}

func sendProblem(c echo.Context, p problem) error {
	c.Response().Header().Set(echo.HeaderContentType, problemType)
	return c.JSON(p.Status, p)
}

// problemError is a problem as huma takes it.
type problemError struct{ problem }

func (p problemError) Error() string             { return p.Detail }
func (p problemError) GetStatus() int            { return p.Status }
func (p problemError) ContentType(string) string { return problemType }

// failure is err as huma answers it.
func (a *API) failure(ctx context.Context, err error) error {
	p := a.describe(ctx, err)
	header := http.Header{}
	p.headers(err, header.Set)
	return huma.ErrorWithHeaders(problemError{p}, header)
}

// refuse answers err from a huma middleware.
func (a *API) refuse(ctx huma.Context, err error) {
	p := a.describe(ctx.Context(), err)
	p.headers(err, ctx.SetHeader)
	ctx.SetHeader("Content-Type", problemType)
	ctx.SetStatus(p.Status)
	if werr := json.NewEncoder(ctx.BodyWriter()).Encode(p); werr != nil {
		a.cfg.Log.WarnContext(ctx.Context(), "the problem could not be answered", slog.Any("error", werr))
	}
}
