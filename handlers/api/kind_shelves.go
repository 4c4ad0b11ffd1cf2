package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

const kindShelvesPath = "/api/v1/kind-shelves"

// KindShelves puts kinds of exceptions aside for a while. CodeNotFound when there
// is no such shelf, CodeConflict when a kind is aside already or back.
type KindShelves interface {
	List(ctx context.Context, since time.Time) ([]models.KindShelf, error)
	Get(ctx context.Context, id int64) (models.KindShelf, error)
	Shelve(ctx context.Context, k models.KindShelf) (models.KindShelf, error)
	End(ctx context.Context, id int64, actor, reason string, now time.Time) error
}

type kindShelf struct {
	ID      int64                `json:"id"`
	Kind    models.ExceptionCode `json:"kind" example:"API-01"`
	Source  string               `json:"source" doc:"Only from this source; empty for all."`
	DC      string               `json:"dc" doc:"Only at this DC; empty for all."`
	Reason  string               `json:"reason"`
	Actor   string               `json:"actor" doc:"The account, or key: and the source of the API key."`
	Since   time.Time            `json:"since"`
	Until   time.Time            `json:"until"`
	Stands  bool                 `json:"stands" doc:"The kind has not returned."`
	EndedBy string               `json:"ended_by,omitempty" doc:"Who took it back before its time."`
	Held    int64                `json:"held" doc:"Exceptions that it has held back so far."`
}

type kindShelfOutput struct{ Body kindShelf }

type kindShelvesOutput struct {
	Body struct {
		Shelves []kindShelf `json:"shelves" doc:"The newest first."`
	}
}

type kindShelfInput struct {
	Kind string `path:"kind" maxLength:"16" example:"API-01"`
	Body struct {
		Source string    `json:"source,omitempty" maxLength:"128" doc:"Only from this source."`
		DC     string    `json:"dc,omitempty" maxLength:"64" doc:"Only at this DC."`
		Reason string    `json:"reason" minLength:"1" maxLength:"500"`
		Until  time.Time `json:"until" doc:"When the kind returns by itself, at most 24 hours ahead."`
	}
}

type endInput struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

func (a *API) routeKindShelves() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: kindShelvesPath, OperationID: "list-kind-shelves", Summary: "Read which kinds of exceptions are shelved", Tags: []string{"Exceptions"},
		Description: "Those that are put aside as a whole now or were within the last seven days, with what each has held back. " +
			"Needs a key with the scope read or operate, or a person who has signed in.", Errors: []int{http.StatusForbidden},
	}, models.ScopeRead, models.ScopeOperate), a.listKindShelves)
	huma.Register(a.huma, a.withOperator(huma.Operation{
		Method: http.MethodPut, Path: kindShelvesPath + "/{kind}", OperationID: "put-kind-shelf", Summary: "Shelve a kind of exceptions", Tags: []string{"Exceptions"},
		Description: "Its exceptions open and are counted, and call nobody unless they are P1, until the kind returns by itself. " +
			"The same again changes nothing; another end is a conflict while the shelf stands. Needs a key with the scope operate, or a person of IT or of the kind's team.",
	}), a.putKindShelf)
	huma.Register(a.huma, a.withOperator(huma.Operation{
		Method: http.MethodPost, Path: kindShelvesPath + "/{id}/end", OperationID: "end-kind-shelf", Summary: "Take a kind of exceptions back", Tags: []string{"Exceptions"},
		Description: "What still stands calls at once, with a clock of its own.", Errors: []int{http.StatusNotFound},
	}), a.endKindShelf)
}

func (a *API) listKindShelves(ctx context.Context, _ *struct{}) (*kindShelvesOutput, error) {
	shelves, err := a.cfg.Shelves.List(ctx, a.cfg.Now().Add(-models.AlarmLookBack))
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	out := &kindShelvesOutput{}
	out.Body.Shelves = make([]kindShelf, len(shelves))
	for i, k := range shelves {
		out.Body.Shelves[i] = a.kindShelf(k)
	}
	return out, nil
}

func (a *API) putKindShelf(ctx context.Context, in *kindShelfInput) (*kindShelfOutput, error) {
	k := models.KindShelf{
		Code: models.ExceptionCode(in.Kind), Source: in.Body.Source, DC: in.Body.DC, Reason: in.Body.Reason,
		Actor: operatorOf(ctx).Name, Since: a.cfg.Now(), Until: in.Body.Until,
	}
	if err := mayShelve(ctx, k.Code); err != nil {
		return nil, a.failure(ctx, err)
	}
	shelved, err := a.cfg.Shelves.Shelve(ctx, k)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	return &kindShelfOutput{Body: a.kindShelf(shelved)}, nil
}

func (a *API) endKindShelf(ctx context.Context, in *endInput) (*kindShelfOutput, error) {
	k, err := a.cfg.Shelves.Get(ctx, in.ID)
	if err == nil {
		err = mayShelve(ctx, k.Code)
	}
	if err == nil {
		err = a.cfg.Shelves.End(ctx, in.ID, operatorOf(ctx).Name, in.Body.Reason, a.cfg.Now())
	}
	if err == nil {
		k, err = a.cfg.Shelves.Get(ctx, in.ID)
	}
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	return &kindShelfOutput{Body: a.kindShelf(k)}, nil
}

func mayShelve(ctx context.Context, kind models.ExceptionCode) error {
	if may := operatorOf(ctx).MayShelve; may == nil || !may(kind) {
		return models.Errorf(models.CodeForbidden, "The kind %s belongs to another team: ask it, or IT.", kind)
	}
	return nil
}

func (a *API) kindShelf(k models.KindShelf) kindShelf {
	return kindShelf{
		ID: k.ID, Kind: k.Code, Source: k.Source, DC: k.DC, Reason: k.Reason, Actor: k.Actor, Since: k.Since.UTC(), Until: k.Until.UTC(),
		Stands: !k.Over(a.cfg.Now()), EndedBy: k.EndedBy, Held: k.Held,
	}
}
