package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shopspring/decimal"

	"throughline/models"
)

type stockInput struct {
	Item      string `query:"item" maxLength:"64" doc:"Only this item."`
	DC        string `query:"dc" maxLength:"64" doc:"Only this distribution center."`
	Measure   string `query:"measure" enum:"on_hand,allocated,available" default:"on_hand" doc:"The quantity whose differences are told."`
	Differing bool   `query:"differing" doc:"Only items on which the systems differ by more than a comparison lets pass."`
	Offset    int    `query:"offset" minimum:"0" maximum:"1000000" default:"0" doc:"Leaves out so many of the first."`
	Limit     int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"At most so many."`
}

type stockOutput struct {
	Body struct {
		Keys      int64         `json:"keys" doc:"Items at DCs that match, differing or not."`
		Differing int64         `json:"differing" doc:"Those of them on which the systems differ."`
		Stock     []stockTruths `json:"stock" doc:"The dearest unexplained first."`
	}
}

// stockTruths has decimals as strings, as the contracts do.
type stockTruths struct {
	Item        string        `json:"item"`
	DC          string        `json:"dc"`
	Unit        string        `json:"unit" example:"EA"`
	Systems     []systemStock `json:"systems" doc:"The owner first."`
	Difference  string        `json:"difference" doc:"How far the systems are from the owner, added up, a decimal in unit." example:"12"`
	Explained   string        `json:"explained" doc:"The part of it that has a cause." example:"8"`
	Unexplained string        `json:"unexplained" doc:"The rest." example:"4"`
	Value       string        `json:"value" doc:"What is unexplained, at cost." example:"18.40"`
	Currency    string        `json:"currency" example:"GBP"`
}

type systemStock struct {
	System      string     `json:"system" doc:"Empty for the tower's own ledger." example:"erp"`
	Owner       bool       `json:"owner" doc:"Its word counts."`
	OnHand      string     `json:"on_hand" example:"120"`
	Allocated   string     `json:"allocated" example:"18"`
	Available   string     `json:"available" example:"102"`
	Version     int64      `json:"version"`
	AsOf        *time.Time `json:"as_of" doc:"The system's own time of the figure; null where the tower has none."`
	AgeSeconds  *float64   `json:"age_seconds" doc:"Seconds since as_of."`
	Difference  string     `json:"difference" doc:"From the owner, without a sign." example:"12"`
	Unexplained string     `json:"unexplained" example:"4"`
	Cause       string     `json:"cause" doc:"Why it differs; empty where it does not, within_tolerance where the comparison lets that pass." example:"in_flight"`
}

func (a *API) routeStock() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/stock", OperationID: "get-stock", Summary: "Compare the stock of all systems",
		Description: "What the owner, the tower and each system that holds a copy have of the same items. What others have is as they said when they were last compared. " +
			"Needs a key with the scope read, or a person who has signed in.",
		Tags: []string{"Inventory"}, Errors: []int{http.StatusForbidden, http.StatusUnprocessableEntity},
	}, models.ScopeRead), func(ctx context.Context, in *stockInput) (*stockOutput, error) {
		filter := models.StockTruthFilter{Item: in.Item, DC: in.DC, Measure: models.StockMeasure(in.Measure), Differing: in.Differing}
		totals, err := a.cfg.Stock.Totals(ctx, filter)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		truths, err := a.cfg.Stock.Truths(ctx, filter, models.Part{Offset: in.Offset, Limit: in.Limit})
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		out := &stockOutput{}
		out.Body.Keys, out.Body.Differing, out.Body.Stock = totals.Keys, totals.Differing, make([]stockTruths, len(truths))
		for i, t := range truths {
			out.Body.Stock[i] = a.stock(t)
		}
		return out, nil
	})
}

func (a *API) stock(t models.StockTruth) stockTruths {
	out := stockTruths{
		Item: t.Item, DC: t.DC, Unit: t.Unit, Systems: make([]systemStock, len(t.Systems)), Difference: t.Difference.String(),
		Explained: t.Explained().String(), Unexplained: t.Unexplained.String(), Value: money(t.Value), Currency: t.Currency,
	}
	for i, s := range t.Systems {
		out.Systems[i] = systemStock{
			System: s.System, Owner: s.IsOwner, OnHand: s.Figure.OnHand.String(), Allocated: s.Figure.Allocated.String(), Available: s.Figure.Available().String(),
			Version: s.Figure.Version, AsOf: s.Figure.AsOf, Difference: s.Difference.String(), Unexplained: s.Unexplained.String(), Cause: string(s.Cause),
		}
		if s.Figure.AsOf != nil {
			age := max(a.cfg.Now().Sub(*s.Figure.AsOf), 0).Round(time.Millisecond).Seconds()
			out.Systems[i].AgeSeconds = &age
		}
	}
	return out
}

func money(d decimal.Decimal) string { return d.StringFixed(2) }
