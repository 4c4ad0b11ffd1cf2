package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

type controlTotal struct {
	Type   string    `json:"type" minLength:"1" maxLength:"128" doc:"Type of the events." example:"throughline.inventory.balance.v1"`
	DC     string    `json:"dc,omitempty" maxLength:"64" doc:"Only those of this DC; without it, all."`
	Since  time.Time `json:"since" doc:"From this time of the events on."`
	Until  time.Time `json:"until" doc:"Up to this time of the events, itself left out; not ahead, at most 24 hours after since."`
	Events int64     `json:"events" minimum:"0" doc:"How many different events were sent."`
}

type controlTotalsInput struct {
	Body struct {
		Totals []controlTotal `json:"totals" minItems:"1" maxItems:"50"`
	}
}

type countedTotal struct {
	controlTotal
	Accepted int64 `json:"accepted" doc:"How many of them the tower has accepted by now."`
	Missing  int64 `json:"missing" doc:"How many are missing. While it is not 0 they are counted again each minute, and REC-03 stands."`
}

type controlTotalsOutput struct {
	Body struct {
		Totals []countedTotal `json:"totals"`
	}
}

func (a *API) routeControlTotals() {
	huma.Register(a.huma, a.withSender(huma.Operation{
		Method: http.MethodPost, Path: "/api/v1/control-totals", OperationID: "post-control-totals", Summary: "State what was sent",
		Description: "A source says how many events of a type it sent for a time that is over, and gets how many arrived. " +
			"Said again about the same events, the later word counts.",
		Tags: []string{"Events"}, Errors: []int{http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity},
	}), func(ctx context.Context, in *controlTotalsInput) (*controlTotalsOutput, error) {
		key, _ := ctx.Value(senderKey{}).(models.APIKey)
		totals, err := a.controlTotals(key, in.Body.Totals)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		stated, err := a.cfg.Totals.State(ctx, totals)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		out := &controlTotalsOutput{}
		for i, t := range stated {
			out.Body.Totals = append(out.Body.Totals, countedTotal{controlTotal: in.Body.Totals[i], Accepted: t.Counted, Missing: t.Missing()})
		}
		return out, nil
	})
}

func (a *API) controlTotals(key models.APIKey, asked []controlTotal) ([]models.ControlTotal, error) {
	if len(asked) == 0 { // null passes the schema
		return nil, models.Errorf(models.CodeInvalid, "State at least one of the totals.")
	}
	now := a.cfg.Now()
	var totals []models.ControlTotal
	for _, t := range asked {
		total := models.ControlTotal{
			Source: key.Source, Type: models.EventType(t.Type), DC: t.DC, Since: t.Since, Until: t.Until, Events: t.Events, StatedAt: now,
		}
		if err := total.Validate(now); err != nil {
			return nil, err
		}
		if !key.Allows(total.Type) {
			return nil, models.Errorf(models.CodeForbidden, "This API key of %s may not speak of events of the type %s.", key.Source, t.Type)
		}
		totals = append(totals, total)
	}
	return totals, nil
}
