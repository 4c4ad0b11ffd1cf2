package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"throughline/models"
)

const contractsPath = "/contracts/"

type contractsOutput struct {
	Body struct {
		Contracts []contractSummary `json:"contracts"`
	}
}

type contractSummary struct {
	models.Contract
	Schema string `json:"schema" doc:"Where the JSON Schema is." example:"/contracts/throughline.inventory.balance.v1"`
}

type schemaInput struct {
	Type string `path:"type" maxLength:"200" doc:"The name of the contract." example:"throughline.inventory.balance.v1"`
}

type schemaOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

// routeContracts publishes the contracts to everyone: they hold no data.
func (a *API) routeContracts(e *echo.Echo) {
	e.GET(strings.TrimSuffix(contractsPath, "/"), func(c echo.Context) error {
		return c.Redirect(http.StatusPermanentRedirect, contractsPath)
	})
	huma.Register(a.huma, huma.Operation{
		Method: http.MethodGet, Path: contractsPath, OperationID: "list-contracts", Summary: "List the contracts", Tags: []string{"Contracts"},
	}, func(context.Context, *struct{}) (*contractsOutput, error) {
		out := &contractsOutput{}
		for _, c := range a.cfg.Contracts.Contracts() {
			out.Body.Contracts = append(out.Body.Contracts, contractSummary{Contract: c, Schema: contractsPath + string(c.Type)})
		}
		return out, nil
	})
	huma.Register(a.huma, huma.Operation{
		Method: http.MethodGet, Path: contractsPath + "{type}", OperationID: "get-contract", Summary: "Read a contract's JSON Schema",
		Tags: []string{"Contracts"}, Errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, in *schemaInput) (*schemaOutput, error) {
		schema, err := a.cfg.Contracts.Schema(models.EventType(in.Type))
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		return &schemaOutput{ContentType: "application/schema+json", CacheControl: "public, max-age=300", Body: schema}, nil
	})
}
