package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

type replenishmentOutput struct {
	Body replenishmentStatus
}

type replenishmentStatus struct {
	Item        string                `json:"item"`
	DC          string                `json:"dc"`
	Evaluation  *evaluationStatus     `json:"evaluation" doc:"The newest look of the engine; null before the first."`
	Open        *recommendationStatus `json:"open_recommendation" doc:"The newest that is neither ordered, rejected nor superseded; null without one."`
	Orders      []expectedOrder       `json:"orders" doc:"Order lines of which something is to be received, the earliest first."`
	NextReceipt *expectedOrder        `json:"next_receipt" doc:"The first of them; null when nothing is on its way."`
}

type evaluationStatus struct {
	Run            string `json:"run"`
	Outcome        string `json:"outcome" enum:"recommend,no_action,blocked"`
	Reason         string `json:"reason"`
	Recommendation string `json:"recommendation,omitempty"`
	Evaluated      moment `json:"evaluated"`
}

type expectedOrder struct {
	Order       string `json:"order" doc:"The ERP's number."`
	Line        int    `json:"line"`
	Kind        string `json:"kind" enum:"purchase,transfer"`
	State       string `json:"state" enum:"open,confirmed,shipped"`
	Outstanding string `json:"outstanding" doc:"Still to be received, a decimal in unit."`
	Unit        string `json:"unit"`
	Expected    string `json:"expected" format:"date" doc:"Business day."`
	SaidBy      string `json:"said_by" enum:"order,confirmation,shipping notice" doc:"What the day stands on."`
	Said        moment `json:"said"`
	Ordered     moment `json:"ordered"`
}

func (a *API) routeReplenishment() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/replenishment", OperationID: "get-replenishment", Summary: "Ask how a replenishment stands",
		Description: "Of an item at a DC: the engine's last evaluation, the open recommendation, the orders on their way and the next receipt, each with its age.",
		Tags:        []string{"Replenishment"}, Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}), func(ctx context.Context, in *inventoryInput) (*replenishmentOutput, error) {
		s, err := a.cfg.Recommendations.Place(ctx, in.Item, in.DC)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		return &replenishmentOutput{Body: a.replenishmentStatus(s)}, nil
	})
}

func (a *API) replenishmentStatus(s models.ReplenishmentStatus) replenishmentStatus {
	shown := replenishmentStatus{Item: s.Item, DC: s.DC, Orders: make([]expectedOrder, len(s.Orders))}
	if e := s.Evaluation; e != nil {
		shown.Evaluation = &evaluationStatus{
			Run: e.Run, Outcome: e.Outcome, Reason: e.Reason, Recommendation: e.Recommendation, Evaluated: a.moment(e.EvaluatedAt),
		}
	}
	if s.Open != nil {
		open := a.recommendationStatus(*s.Open)
		shown.Open = &open
	}
	for i, o := range s.Orders {
		shown.Orders[i] = expectedOrder{
			Order: o.Number, Line: o.Line, Kind: o.Kind, State: o.State, Outstanding: o.Outstanding.String(), Unit: o.Unit,
			Expected: o.Day.Format(time.DateOnly), SaidBy: o.SaidBy, Said: a.moment(o.SaidAt), Ordered: a.moment(o.OrderedAt),
		}
	}
	if len(shown.Orders) > 0 {
		shown.NextReceipt = &shown.Orders[0]
	}
	return shown
}
