package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"throughline/models"
)

type problemKindInput struct {
	Code string `path:"code" maxLength:"64" doc:"The last part of the type of a problem." example:"throttled"`
}

type problemKindOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// routeProblems says of each kind of problem what it is, to everyone.
func (a *API) routeProblems() {
	huma.Register(a.huma, huma.Operation{
		Method: http.MethodGet, Path: models.ProblemsPath + "{code}", OperationID: "get-problem", Summary: "Read what a kind of problem is",
		Description: "The type of every problem leads here.", Tags: []string{"Problems"}, Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *problemKindInput) (*problemKindOutput, error) {
		for _, kind := range models.ProblemKinds() {
			if kind.Code == in.Code {
				return &problemKindOutput{ContentType: "text/plain; charset=utf-8", Body: []byte(kindWords(kind))}, nil
			}
		}
		return nil, a.failure(ctx, models.Errorf(models.CodeNotFound, "There is no kind of problem %q.", in.Code))
	})
}

func kindWords(k models.ProblemKind) string {
	again := "The same request will be refused again until what detail names has changed."
	if k.Retryable {
		again = "The same request may pass later."
	}
	return strconv.Itoa(k.Status) + " " + k.Code + "\n\n" + k.Text + "\n" + again + "\n"
}

// mended is a problem of huma's own, such as a parameter out of bounds, with the
// members that ours have.
type mended struct {
	*huma.ErrorModel
	Retryable bool   `json:"retryable"`
	TraceID   string `json:"trace_id,omitempty"`
}

// documentProblems tells of these members where huma describes its own.
func (a *API) documentProblems() {
	schemas := a.huma.OpenAPI().Components.Schemas
	told := schemas.Map()["ErrorModel"]
	if told == nil {
		return
	}
	told.Properties["type"].Format, told.Properties["type"].Default = "uri-reference", nil
	told.Properties["type"].Examples = []any{models.ProblemOf(http.StatusUnprocessableEntity).Type()}
	ours := schemas.Map()["Problem"]
	for _, name := range []string{"retryable", "trace_id"} {
		told.Properties[name] = ours.Properties[name]
	}
}

// traceKey is where a request keeps the id of the trace that its caller named.
type traceKey struct{}

func keepTrace(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if id := models.CallersTrace(c.Request().Header.Get); id != "" {
			c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), traceKey{}, id)))
		}
		return next(c)
	}
}

func callersTrace(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}
