package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

type retentionOutput struct {
	Body struct {
		Kinds  []models.KeptReport      `json:"kinds"`
		Frozen []models.RetentionFreeze `json:"frozen" doc:"Why nothing is taken now; empty while retention goes on"`
	}
}

func (a *API) routeRetention() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/retention", OperationID: "get-retention", Summary: "Read what is kept", Tags: []string{"Events"},
		Description: "How long each kind of data is kept, since when it is there, and how many rows retention took. What is no kind of these is kept for good. Nothing is taken while the books of a source do not balance: `frozen` says so. " +
			"Needs a key with the scope read, or a person who has signed in.",
		Errors: []int{http.StatusForbidden},
	}, models.ScopeRead), func(ctx context.Context, _ *struct{}) (*retentionOutput, error) {
		kept, err := a.cfg.Retention.Report(ctx)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		frozen, err := a.cfg.Retention.Frozen(ctx)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		out := &retentionOutput{}
		out.Body.Kinds, out.Body.Frozen = kept, frozen
		return out, nil
	})
}
