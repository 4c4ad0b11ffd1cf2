package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

type traceOutput struct {
	Body struct {
		Trace  string        `json:"trace"`
		Events []tracedEvent `json:"events" doc:"Oldest first, without payloads."`
		More   bool          `json:"more" doc:"There are more events than are listed."`
		Orders []tracedOrder `json:"orders" doc:"The recommendations among the events, on their way into the ERP."`
	}
}

type tracedEvent struct {
	Seq      int64            `json:"seq"`
	Type     models.EventType `json:"type"`
	Source   string           `json:"source"`
	ID       string           `json:"id"`
	Item     string           `json:"item,omitempty"`
	DC       string           `json:"dc,omitempty"`
	State    string           `json:"state" enum:"pending,applied,superseded,discarded,held,waiting,parked"`
	Received moment           `json:"received"`
}

type tracedOrder struct {
	Recommendation string  `json:"recommendation"`
	State          string  `json:"state,omitempty" doc:"Of the proposal; empty before the policy has judged it."`
	Decided        *moment `json:"decided,omitempty"`
	DecidedBy      string  `json:"decided_by,omitempty"`
	WriteState     string  `json:"write_state,omitempty" doc:"Of the write into the ERP, once it is approved."`
	Order          string  `json:"order,omitempty" doc:"The ERP's number."`
}

func (a *API) routeTraces() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/traces/{id}", OperationID: "get-trace", Summary: "Read what shares a trace",
		Tags: []string{"Events"}, Errors: []int{http.StatusNotFound},
	}), func(ctx context.Context, in *struct {
		ID string `path:"id" doc:"A W3C trace id, 32 hex digits." example:"0af7651916cd43dd8448eb211c80319c"`
	},
	) (*traceOutput, error) {
		t, err := a.cfg.Traces.Trace(ctx, in.ID)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		return a.trace(t), nil
	})
}

func (a *API) trace(t models.Trace) *traceOutput {
	out := &traceOutput{}
	out.Body.Trace, out.Body.More = t.ID, t.More
	out.Body.Events, out.Body.Orders = make([]tracedEvent, len(t.Events)), make([]tracedOrder, len(t.Orders))
	for i, e := range t.Events {
		out.Body.Events[i] = tracedEvent{
			Seq: e.Seq, Type: e.Type, Source: e.Source, ID: e.ID, Item: e.Item, DC: e.DC, State: e.State, Received: a.moment(e.ReceivedAt),
		}
	}
	for i, o := range t.Orders {
		out.Body.Orders[i] = tracedOrder{
			Recommendation: o.Recommendation, State: string(o.State), Decided: a.momentIf(o.DecidedAt), DecidedBy: o.DecidedBy,
			WriteState: string(o.WriteState), Order: o.Document,
		}
	}
	return out
}
