package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

const pausesPath = "/api/v1/pauses"

// PauseDesk stops what may be stopped for a while, now or as planned. CodeConflict
// when it is stopped already, planned otherwise, or not stopped any more.
type PauseDesk interface {
	Pausable(ctx context.Context) ([]models.Pausable, error)
	Pauses(ctx context.Context, now time.Time) ([]models.Pause, error)
	Planned(ctx context.Context, now time.Time) ([]models.Pause, error)
	Pause(ctx context.Context, to models.Pause) error
	Resume(ctx context.Context, kind models.PauseKind, name, actor, reason string, now time.Time) error
	Plan(ctx context.Context, to models.Pause, now time.Time) (models.Pause, error)
	Cancel(ctx context.Context, id int64, actor, reason string, now time.Time) error
}

type pause struct {
	ID     int64            `json:"id"`
	Kind   models.PauseKind `json:"kind" enum:"source,flow,lane,target"`
	Name   string           `json:"name" example:"erp"`
	State  string           `json:"state" enum:"paused,planned"`
	Reason string           `json:"reason"`
	Actor  string           `json:"actor" doc:"The account, or key: and the source of the API key."`
	Since  time.Time        `json:"since" doc:"Since when, or from when on."`
	Until  *time.Time       `json:"until" doc:"null: until somebody resumes it."`
}

type pausesOutput struct {
	Body struct {
		Pauses []pause `json:"pauses" doc:"What is paused, then what is planned to be, each in the order of its start."`
	}
}

// PauseName is what a pause stops, as the address has it.
type PauseName struct {
	Kind string `path:"kind" enum:"source,flow,lane,target"`
	Name string `path:"name" maxLength:"256" doc:"A source, source:entity for a flow, realtime or bulk, or erp or replenishment for the calls to it." example:"erp"`
}

type pauseInput struct {
	PauseName
	Body struct {
		Reason string     `json:"reason" minLength:"1" maxLength:"500"`
		Since  *time.Time `json:"since,omitempty" doc:"From when on, at most 30 days ahead; without it, from now on."`
		Until  *time.Time `json:"until,omitempty" doc:"When it ends by itself, 1 minute to 7 days after its start; without it, which only a pause from now on may be, when somebody resumes it."`
	}
}

type resumeInput struct {
	PauseName
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

func (a *API) routePauses() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: pausesPath, OperationID: "list-pauses", Summary: "Read what is paused or planned to be", Tags: []string{"Pauses"},
		Description: "Needs a key with the scope read or operate, or a person who has signed in.", Errors: []int{http.StatusForbidden},
	}, models.ScopeRead, models.ScopeOperate), func(ctx context.Context, _ *struct{}) (*pausesOutput, error) { return a.pauses(ctx) })
	huma.Register(a.huma, a.withOperator(huma.Operation{
		Method: http.MethodPut, Path: pausesPath + "/{kind}/{name}", OperationID: "put-pause", Summary: "Pause something, or plan to", Tags: []string{"Pauses"},
		Description: "With a time to come in since it begins and ends by itself, and the same plan again changes nothing. " +
			"Needs a key with the scope operate, or a person of IT.", Errors: []int{http.StatusNotFound},
	}), a.putPause)
	huma.Register(a.huma, a.withOperator(huma.Operation{
		Method: http.MethodPost, Path: pausesPath + "/{kind}/{name}/resume", OperationID: "resume", Summary: "Resume what is paused", Tags: []string{"Pauses"}, Errors: []int{http.StatusNotFound},
	}), func(ctx context.Context, in *resumeInput) (*pausesOutput, error) {
		what, err := a.operated(ctx, in.PauseName)
		if err == nil {
			err = a.cfg.Pauses.Resume(ctx, what.Kind, what.Name, operatorOf(ctx).Name, in.Body.Reason, a.cfg.Now())
		}
		return a.pausesAfter(ctx, err)
	})
	huma.Register(a.huma, a.withOperator(huma.Operation{
		Method: http.MethodPost, Path: pausesPath + "/planned/{id}/cancel", OperationID: "cancel-pause", Summary: "Cancel a planned pause before it begins", Tags: []string{"Pauses"},
	}), func(ctx context.Context, in *endInput) (*pausesOutput, error) {
		err := mayPause(ctx)
		if err == nil {
			err = a.cfg.Pauses.Cancel(ctx, in.ID, operatorOf(ctx).Name, in.Body.Reason, a.cfg.Now())
		}
		return a.pausesAfter(ctx, err)
	})
}

func (a *API) putPause(ctx context.Context, in *pauseInput) (*pausesOutput, error) {
	what, err := a.operated(ctx, in.PauseName)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	now := a.cfg.Now()
	p := models.Pause{Kind: what.Kind, Name: what.Name, Reason: in.Body.Reason, Actor: operatorOf(ctx).Name, Since: now, Ends: in.Body.Until}
	if in.Body.Since == nil || !in.Body.Since.After(now) {
		return a.pausesAfter(ctx, a.cfg.Pauses.Pause(ctx, p))
	}
	p.Since = *in.Body.Since
	_, err = a.cfg.Pauses.Plan(ctx, p, now)
	return a.pausesAfter(ctx, err)
}

// operated is what an operator names, CodeNotFound when nothing of it may be paused.
func (a *API) operated(ctx context.Context, name PauseName) (models.Pausable, error) {
	named, err := url.PathUnescape(name.Name) // the router leaves an escaped colon as it is
	if err != nil {
		named = name.Name
	}
	what := models.Pausable{Kind: models.PauseKind(name.Kind), Name: named}
	if err := mayPause(ctx); err != nil {
		return what, err
	}
	all, err := a.cfg.Pauses.Pausable(ctx)
	if err == nil && !slices.Contains(all, what) {
		err = models.Errorf(models.CodeNotFound, "There is no %s %q to pause.", name.Kind, name.Name)
	}
	return what, err
}

func mayPause(ctx context.Context) error {
	if !operatorOf(ctx).Operates {
		return models.Errorf(models.CodeForbidden, "Your role does not pause what flows.")
	}
	return nil
}

// pausesAfter is all that is paused or planned after a change, unless that failed.
func (a *API) pausesAfter(ctx context.Context, err error) (*pausesOutput, error) {
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	return a.pauses(ctx)
}

func (a *API) pauses(ctx context.Context) (*pausesOutput, error) {
	now := a.cfg.Now()
	stopped, err := a.cfg.Pauses.Pauses(ctx, now)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	planned, err := a.cfg.Pauses.Planned(ctx, now)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	out := &pausesOutput{}
	out.Body.Pauses = make([]pause, 0, len(stopped)+len(planned))
	for _, p := range slices.Concat(stopped, planned) {
		told := pause{ID: p.ID, Kind: p.Kind, Name: p.Name, State: "paused", Reason: p.Reason, Actor: p.Actor, Since: p.Since.UTC(), Until: p.Ends}
		if p.Planned(now) {
			told.State = "planned"
		}
		out.Body.Pauses = append(out.Body.Pauses, told)
	}
	return out, nil
}
