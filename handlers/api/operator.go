package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"throughline/models"
)

// Operator is who changes through the API what people change on its pages.
type Operator struct {
	Name      string                               // that the audit trail keeps; empty for nobody
	Operates  bool                                 // may pause, and decide on what subscribers refuse
	Reads     bool                                 // may see what subscribers refuse
	Types     []models.EventType                   // of the events that may be shown; empty for all
	MayShelve func(kind models.ExceptionCode) bool // may put the kind aside; nil: none
}

type operatorKey struct{}

// operatorOf is who asks, in an operation with withOperator.
func operatorOf(ctx context.Context) Operator {
	o, _ := ctx.Value(operatorKey{}).(Operator)
	return o
}

// withOperator makes an operation ask for a person who has signed in, or for a
// key with one of some scopes, operate where none is named. What a person may do is
// for the operation to ask.
func (a *API) withOperator(op huma.Operation, scopes ...models.Scope) huma.Operation {
	if len(scopes) == 0 {
		scopes = []models.Scope{models.ScopeOperate}
	}
	op.Security = []map[string][]string{{keyScheme: {}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		operator := a.cfg.Operator(humaecho.Unwrap(ctx).Request())
		if operator.Name == "" {
			var err error
			if operator, err = a.operatingKey(ctx, scopes); err != nil {
				a.refuse(ctx, err)
				return
			}
		}
		next(huma.WithValue(ctx, operatorKey{}, operator))
	})
	return op
}

// operatingKey is the operator that a key stands for.
func (a *API) operatingKey(ctx huma.Context, scopes []models.Scope) (Operator, error) {
	key, err := a.cfg.Keys.Authenticate(ctx.Context(), ctx.Header("Authorization"))
	if err == nil {
		err = a.charge(key, ctx.SetHeader)
	}
	if err == nil {
		err = permits(key, scopes)
	}
	return Operator{
		Name: "key:" + key.Source, Operates: key.May(models.ScopeOperate), Reads: key.May(models.ScopeRead), Types: key.Types,
		MayShelve: func(models.ExceptionCode) bool { return true },
	}, err
}
