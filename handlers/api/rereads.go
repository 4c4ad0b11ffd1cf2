package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

// Rereader reads a balance again from its owner, or has it delivered again to a
// source that holds a copy. An owner that does not answer is CodeUnavailable, one
// without the position and one that is paused CodePrecondition.
type Rereader interface {
	Preview(ctx context.Context, source, item, dc string) (models.RereadPreview, error)
	Reread(ctx context.Context, source, item, dc string, wait bool) (models.Reread, error)
}

// AskRecorder keeps who asked another system for what, before and after.
type AskRecorder interface {
	Around(ctx context.Context, entry models.AuditEntry, do func(ctx context.Context) error) error
}

type rereadInput struct {
	Body struct {
		Item   string `json:"item" minLength:"1" maxLength:"64" example:"85123A"`
		DC     string `json:"dc" minLength:"1" maxLength:"64" example:"DC-LON"`
		Source string `json:"source,omitempty" maxLength:"64" doc:"The system whose copy is meant; the tower's own stock when left out."`
		DryRun bool   `json:"dry_run,omitempty" doc:"Only tell what would follow: the owner is asked and nothing changes."`
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"Why; required unless it is a dry run."`
	}
}

type rereadOutput struct{ Body reread }

type reread struct {
	Item    string         `json:"item"`
	DC      string         `json:"dc"`
	DryRun  bool           `json:"dry_run"`
	Copy    string         `json:"copy,omitempty" doc:"The system whose copy it is about; left out for the tower's own stock."`
	Held    *stockFigure   `json:"held" doc:"What is held now; null where nothing is, or where a copy was delivered to."`
	Owner   *stockFigure   `json:"owner" doc:"What the owner says now; null where it has no such position, or where a copy was delivered to."`
	Changes *bool          `json:"changes" doc:"Whether something would follow, or did; null while that is unknown yet: what was read is not decided, or waits for a person or a record."`
	Follows string         `json:"follows" doc:"What would follow, or what came of it, in a sentence."`
	Outcome *rereadOutcome `json:"outcome" doc:"Of the event that was made of the answer; null of a dry run and of a copy."`
}

type rereadOutcome struct {
	Seq   int64  `json:"seq" doc:"The place of the event in the log."`
	State string `json:"state" enum:"pending,applied,superseded,parked,waiting,held,discarded" doc:"pending: it is not decided yet."`
}

type stockFigure struct {
	OnHand    string  `json:"on_hand" doc:"A decimal in unit."`
	Allocated string  `json:"allocated" doc:"A decimal in unit."`
	Available string  `json:"available" doc:"On hand less allocated."`
	Unit      string  `json:"unit,omitempty"`
	Version   int64   `json:"version" doc:"The owner's own."`
	AsOf      *moment `json:"as_of" doc:"By the clock of whose figure it is; null when it does not say."`
}

func (a *API) routeRereads() {
	huma.Register(a.huma, a.withOperator(huma.Operation{
		Method: http.MethodPost, Path: "/api/v1/rereads", OperationID: "reread", Summary: "Read a balance again from its owner, or see what would follow", Tags: []string{"Inventory"},
		Description: "Asks the owner of the stock for its figure of an item at a DC, which takes effect as if it had been sent; where a source that holds a copy is named, the figure is delivered to it again. " +
			"With dry_run it tells what is held, what the owner says now and what would follow, and changes nothing. Nothing is ever written into the owner. " +
			"Needs a key with the scope operate, or a person of IT.",
		Errors: []int{http.StatusPreconditionFailed},
	}), a.postReread)
}

func (a *API) postReread(ctx context.Context, in *rereadInput) (*rereadOutput, error) {
	who, wanted := operatorOf(ctx), in.Body
	reason := strings.TrimSpace(wanted.Reason)
	switch {
	case !who.Operates:
		return nil, a.failure(ctx, models.Errorf(models.CodeForbidden, "Your role does not read stock again."))
	case len(who.Types) > 0 && !slices.Contains(who.Types, models.TypeBalance):
		return nil, a.failure(ctx, models.Errorf(models.CodeForbidden, "This API key is not for stock balances."))
	case wanted.DryRun:
		preview, err := a.cfg.Rereads.Preview(ctx, wanted.Source, wanted.Item, wanted.DC)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		return &rereadOutput{a.wouldFollow(preview)}, nil
	case reason == "":
		return nil, a.failure(ctx, models.Errorf(models.CodeInvalid, "Say why in reason: this changes what is held, and the audit keeps it. With dry_run none is needed."))
	}
	if wanted.Source != "" {
		reason += " (" + wanted.Source + ")"
	}
	entry := models.AuditEntry{Actor: who.Name, Action: "stock.reread", Subject: fmt.Sprintf("stock:%s|%s", wanted.Item, wanted.DC), Reason: reason}
	var read models.Reread
	err := a.cfg.Rereading.Around(ctx, entry, func(ctx context.Context) (err error) {
		read, err = a.cfg.Rereads.Reread(ctx, wanted.Source, wanted.Item, wanted.DC, true)
		return err
	})
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	return &rereadOutput{a.followed(read)}, nil
}

// wouldFollow is the answer to a dry run.
func (a *API) wouldFollow(p models.RereadPreview) reread {
	changes := p.Changes()
	shown := reread{Item: p.Item, DC: p.DC, DryRun: true, Copy: p.Copy, Held: a.figureIf(p.Ours), Changes: &changes, Follows: p.Follows()}
	if !p.Gone {
		shown.Owner = a.figureIf(p.Theirs)
	}
	return shown
}

// followed is the answer when it was done.
func (a *API) followed(r models.Reread) reread {
	shown := reread{Item: r.Item, DC: r.DC, Copy: r.Copy, Follows: r.Sentence()}
	if changed, known := r.Changed(); known {
		shown.Changes = &changed
	}
	if r.Copy == "" {
		shown.Held, shown.Owner = a.figureIf(r.Ours), a.figureIf(r.Theirs)
		shown.Outcome = &rereadOutcome{Seq: r.Outcome.Seq, State: r.Outcome.State}
	}
	return shown
}

// figureIf is a figure; null for that of a side which has none.
func (a *API) figureIf(f models.StockFigure) *stockFigure {
	if f.Version == 0 && f.AsOf == nil && f.Unit == "" {
		return nil
	}
	return &stockFigure{
		OnHand: f.OnHand.String(), Allocated: f.Allocated.String(), Available: f.OnHand.Sub(f.Allocated).String(), Unit: f.Unit, Version: f.Version, AsOf: a.momentIf(f.AsOf),
	}
}
