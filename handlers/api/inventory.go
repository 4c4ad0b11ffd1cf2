package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

type inventoryInput struct {
	Item string `query:"item" required:"true" minLength:"1" maxLength:"64" doc:"The item."`
	DC   string `query:"dc" required:"true" minLength:"1" maxLength:"64" doc:"The distribution center."`
}

type inventoryOutput struct {
	Body position
}

// position has decimals as strings, as the contracts do.
type position struct {
	Item       string    `json:"item"`
	DC         string    `json:"dc"`
	OnHand     string    `json:"on_hand" doc:"Physical stock, a decimal in unit." example:"120"`
	Allocated  string    `json:"allocated" doc:"Of it reserved, a decimal in unit." example:"18"`
	Available  string    `json:"available" doc:"On hand less allocated; may be negative." example:"102"`
	Unit       string    `json:"unit" example:"EA"`
	Version    int64     `json:"version" doc:"The source's version of the newest fact in it."`
	AsOf       time.Time `json:"as_of" doc:"When it was true at its source."`
	AgeSeconds float64   `json:"age_seconds" doc:"Seconds since as_of."`
}

func (a *API) routeInventory() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/inventory", OperationID: "get-inventory", Summary: "Read a stock position",
		Tags: []string{"Inventory"}, Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}), func(ctx context.Context, in *inventoryInput) (*inventoryOutput, error) {
		p, err := a.cfg.Positions.Get(ctx, in.Item, in.DC)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		return &inventoryOutput{Body: position{
			Item: p.Item, DC: p.DC, OnHand: p.OnHand.String(), Allocated: p.Allocated.String(), Available: p.Available.String(),
			Unit: p.Unit, Version: p.Version, AsOf: p.AsOf,
			AgeSeconds: float64(max(a.cfg.Now().Sub(p.AsOf), 0).Round(time.Millisecond).Milliseconds()) / 1000,
		}}, nil
	})
}
