package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

const refusedPath = "/api/v1/routes/{route}/refused"

// RefusedDesk decides on what subscribers answered and did not take.
type RefusedDesk interface {
	CheckRoute(ctx context.Context, name string) error
	Refused(ctx context.Context, subscription string, q models.RefusedQuery) ([]models.RefusedEvent, error)
	Redeliver(ctx context.Context, subscription string, id int64, actor, reason string) error
	RedeliverAll(ctx context.Context, subscription string, types []models.EventType, actor, reason string) ([]models.Redelivery, error)
	DiscardRefused(ctx context.Context, subscription string, id int64, actor, reason string) error
	RefusedEvent(ctx context.Context, subscription string, id int64) (models.RefusedEvent, error)
}

type refusedEvent struct {
	ID         int64               `json:"id"`
	Seq        int64               `json:"seq" doc:"Place of the event in the log."`
	Source     string              `json:"source" example:"erp"`
	EventID    string              `json:"event_id" doc:"The CloudEvents id at its source."`
	Type       models.EventType    `json:"type"`
	Subject    string              `json:"subject"`
	Item       string              `json:"item,omitempty"`
	DC         string              `json:"dc,omitempty"`
	Status     int                 `json:"status" doc:"Of HTTP, in the newest answer." example:"422"`
	Answer     string              `json:"answer,omitempty" doc:"The beginning of its body, for those who may decide on it."`
	Attempts   int                 `json:"attempts" doc:"Alone or in a message with others."`
	RefusedAt  time.Time           `json:"refused_at"`
	TriedAt    time.Time           `json:"tried_at" doc:"The newest attempt."`
	AgeSeconds float64             `json:"age_seconds" doc:"Seconds since refused_at."`
	Passed     int64               `json:"passed" doc:"Later events of its key that were delivered since."`
	State      models.RefusedState `json:"state" enum:"open,delivered,discarded"`
	SettledAt  *time.Time          `json:"settled_at" doc:"null while it is open."`
}

type refusedInput struct {
	Route  string `path:"route" maxLength:"128" example:"wms"`
	State  string `query:"state" enum:"open,all" default:"open" doc:"What a person has to decide on, or also what was settled."`
	Before int64  `query:"before" minimum:"0" doc:"The id of the last one of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type refusedOutput struct {
	Body struct {
		Events []refusedEvent `json:"events" doc:"The newest first."`
	}
}

type refusedEventOutput struct{ Body refusedEvent }

// Deciding is the reason for a decision on what a subscriber refused.
type Deciding struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

type decideInput struct {
	Route string `path:"route" maxLength:"128" example:"wms"`
	ID    int64  `path:"id" minimum:"1"`
	Body  Deciding
}

type deliverAllInput struct {
	Route string `path:"route" maxLength:"128" example:"wms"`
	Body  Deciding
}

type redelivery struct {
	ID      int64                    `json:"id"`
	Seq     int64                    `json:"seq"`
	Outcome models.RedeliveryOutcome `json:"outcome" enum:"delivered,refused,left" doc:"What is left is for another time: an earlier event of its key was not taken or is of a type that the API key is not for, or the target does not answer or takes long."`
	Why     string                   `json:"why,omitempty"`
}

type redeliveriesOutput struct {
	Body struct {
		Events []redelivery `json:"events" doc:"Of each key the oldest first, then of each the next, 100 at most: ask again for the rest. What somebody delivered or discarded meanwhile is left out."`
	}
}

func (a *API) routeRefused() {
	huma.Register(a.huma, a.withOperator(huma.Operation{
		Method: http.MethodGet, Path: refusedPath, OperationID: "list-refused", Summary: "Read what a subscriber refused", Tags: []string{"Routes"},
		Description: "Events that it answered and did not take. Needs a key with the scope read or operate, or a person of IT; a key for some types is shown those only.",
		Errors:      []int{http.StatusNotFound},
	}, models.ScopeRead, models.ScopeOperate), a.listRefused)
	huma.Register(a.huma, a.withOperator(huma.Operation{
		Method: http.MethodPost, Path: refusedPath + "/deliver", OperationID: "deliver-all-refused", Summary: "Deliver all that it refused again", Tags: []string{"Routes"},
		Description: "Each is sent once, alone and under a new message id; what is not taken stays set aside and holds the later events of its key. A key for some types has those delivered only, and none behind an earlier event of its key that is of another type.", Errors: []int{http.StatusNotFound},
	}), a.deliverAllRefused)
	huma.Register(a.huma, a.withOperator(huma.Operation{
		Method: http.MethodPost, Path: refusedPath + "/{id}/deliver", OperationID: "deliver-refused", Summary: "Deliver a refused event again", Tags: []string{"Routes"},
		Description: "A conflict when it is refused again; it stays set aside then. Forbidden to a key for other types.", Errors: []int{http.StatusNotFound, http.StatusPreconditionFailed},
	}), func(ctx context.Context, in *decideInput) (*refusedEventOutput, error) {
		return a.decideRefused(ctx, in, a.cfg.Refused.Redeliver)
	})
	huma.Register(a.huma, a.withOperator(huma.Operation{
		Method: http.MethodPost, Path: refusedPath + "/{id}/discard", OperationID: "discard-refused", Summary: "Discard a refused event", Tags: []string{"Routes"},
		Description: "The subscriber never gets it, unless the route is rewound. Forbidden to a key for other types.", Errors: []int{http.StatusNotFound},
	}), func(ctx context.Context, in *decideInput) (*refusedEventOutput, error) {
		return a.decideRefused(ctx, in, a.cfg.Refused.DiscardRefused)
	})
}

func (a *API) listRefused(ctx context.Context, in *refusedInput) (*refusedOutput, error) {
	who := operatorOf(ctx)
	err := mayDecideOnRefused(ctx)
	if err == nil || who.Reads {
		err = a.cfg.Refused.CheckRoute(ctx, in.Route)
	}
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	events, err := a.cfg.Refused.Refused(ctx, in.Route, models.RefusedQuery{Settled: in.State == "all", Types: who.Types, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	out := &refusedOutput{}
	out.Body.Events = make([]refusedEvent, len(events))
	for i, e := range events {
		out.Body.Events[i] = a.refused(e)
		if !who.Operates {
			out.Body.Events[i].Answer = ""
		}
	}
	return out, nil
}

func (a *API) decideRefused(ctx context.Context, in *decideInput, do func(ctx context.Context, subscription string, id int64, actor, reason string) error) (*refusedEventOutput, error) {
	err := a.mayDecideOn(ctx, in.Route, in.ID)
	if err == nil {
		err = do(ctx, in.Route, in.ID, operatorOf(ctx).Name, in.Body.Reason)
	}
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	e, err := a.cfg.Refused.RefusedEvent(ctx, in.Route, in.ID)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	return &refusedEventOutput{Body: a.refused(e)}, nil
}

func (a *API) deliverAllRefused(ctx context.Context, in *deliverAllInput) (*redeliveriesOutput, error) {
	err := mayDecideOnRefused(ctx)
	if err == nil {
		err = a.cfg.Refused.CheckRoute(ctx, in.Route)
	}
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	who := operatorOf(ctx)
	all, err := a.cfg.Refused.RedeliverAll(ctx, in.Route, who.Types, who.Name, in.Body.Reason)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	out := &redeliveriesOutput{}
	out.Body.Events = make([]redelivery, len(all))
	for i, r := range all {
		out.Body.Events[i] = redelivery{ID: r.Event.ID, Seq: r.Event.Event.Seq, Outcome: r.Outcome, Why: r.Why}
	}
	return out, nil
}

func mayDecideOnRefused(ctx context.Context) error {
	if !operatorOf(ctx).Operates {
		return models.Errorf(models.CodeForbidden, "Your role does not decide on what subscribers refuse.")
	}
	return nil
}

// mayDecideOn is CodeForbidden for an event of a type that a key is not for.
func (a *API) mayDecideOn(ctx context.Context, route string, id int64) error {
	types := operatorOf(ctx).Types
	if err := mayDecideOnRefused(ctx); err != nil || len(types) == 0 {
		return err
	}
	e, err := a.cfg.Refused.RefusedEvent(ctx, route, id)
	if err == nil && !slices.Contains(types, e.Event.Type) {
		err = models.Errorf(models.CodeForbidden, "This API key is not for events of the type %s.", e.Event.Type)
	}
	return err
}

func (a *API) refused(r models.RefusedEvent) refusedEvent {
	e := r.Event
	return refusedEvent{
		ID: r.ID, Seq: e.Seq, Source: e.Source, EventID: e.ID, Type: e.Type, Subject: e.Subject, Item: e.Item, DC: e.DC,
		Status: r.Status, Answer: r.Answer, Attempts: r.Attempts, RefusedAt: r.RefusedAt.UTC(), TriedAt: r.TriedAt.UTC(),
		AgeSeconds: max(a.cfg.Now().Sub(r.RefusedAt), 0).Round(time.Millisecond).Seconds(), Passed: r.Passed, State: r.State, SettledAt: r.SettledAt,
	}
}
