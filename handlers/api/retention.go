package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

type retentionOutput struct {
	Body struct {
		Kinds []models.KeptReport `json:"kinds"`
	}
}

func (a *API) routeRetention() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/retention", OperationID: "get-retention", Summary: "Read what is kept", Tags: []string{"Events"},
		Description: "How long each kind of data is kept, since when it is there, and how many rows retention took. What is no kind of these is kept for good. " +
			"Needs a key with the scope read, or a person who has signed in.",
		Errors: []int{http.StatusForbidden},
	}, models.ScopeRead), func(ctx context.Context, _ *struct{}) (*retentionOutput, error) {
		kept, err := a.cfg.Retention.Report(ctx)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		out := &retentionOutput{}
		out.Body.Kinds = kept
		return out, nil
	})
}
