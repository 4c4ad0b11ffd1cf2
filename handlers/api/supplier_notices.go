package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

const supplierNoticesPath = "/api/v1/supplier-notices"

// SupplierNotices are what suppliers said of no order, to be ticked off.
// CodeNotFound when there is no such notice, CodeConflict when somebody was first.
type SupplierNotices interface {
	SupplierNotices(ctx context.Context) ([]models.SupplierNotice, error)
	SeeSupplierNotice(ctx context.Context, seq int64, actor, note string) error
}

type supplierNotice struct {
	Event      int64      `json:"event" doc:"The number of its event."`
	Supplier   string     `json:"supplier"`
	Name       string     `json:"name"`
	Kind       string     `json:"kind" example:"closed"`
	Message    string     `json:"message"`
	OccurredAt time.Time  `json:"occurred_at"`
	Waiting    int64      `json:"waiting" doc:"Recommendations to buy from the supplier that wait for a decision."`
	SeenAt     *time.Time `json:"seen_at" doc:"When somebody ticked it off; null until then."`
	SeenBy     string     `json:"seen_by,omitempty"`
	SeenNote   string     `json:"seen_note,omitempty" doc:"What follows from it."`
}

type supplierNoticesOutput struct {
	Body struct {
		Notices []supplierNotice `json:"notices" doc:"The newest first, 200 at most."`
	}
}

type seenInput struct {
	Event int64 `path:"event" minimum:"1"`
	Body  struct {
		Note string `json:"note" minLength:"1" maxLength:"500" doc:"What follows from it."`
	}
}

func (a *API) routeSupplierNotices() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: supplierNoticesPath, OperationID: "list-supplier-notices", Summary: "Read what suppliers said of no order", Tags: []string{"Suppliers"},
		Description: "Of the last 30 days. Needs a key with the scope read, or a person who has signed in.", Errors: []int{http.StatusForbidden},
	}, models.ScopeRead), func(ctx context.Context, _ *struct{}) (*supplierNoticesOutput, error) {
		return a.supplierNotices(ctx)
	})
	op := a.withPerson(huma.Operation{
		Method: http.MethodPost, Path: supplierNoticesPath + "/{event}/seen", OperationID: "see-supplier-notice", Summary: "Tick a supplier's notice off",
		Description: "With a note; audited.", Errors: []int{http.StatusNotFound, http.StatusConflict}, Tags: []string{"Suppliers"},
	}, "notices are ticked off by people", ticksNothingOff)
	huma.Register(a.huma, op, a.seeSupplierNotice)
}

const ticksNothingOff = "Your role does not decide what is bought: planners and procurement tick notices off."

func (a *API) seeSupplierNotice(ctx context.Context, in *seenInput) (*supplierNoticesOutput, error) {
	who := workerOf(ctx)
	if !slices.Contains(who.Teams, models.TeamProcurement) && !slices.Contains(who.Teams, models.TeamPlanner) {
		return nil, a.failure(ctx, models.Errorf(models.CodeForbidden, ticksNothingOff))
	}
	if err := a.cfg.Notices.SeeSupplierNotice(ctx, in.Event, who.Name, strings.TrimSpace(in.Body.Note)); err != nil {
		return nil, a.failure(ctx, err)
	}
	return a.supplierNotices(ctx)
}

func (a *API) supplierNotices(ctx context.Context) (*supplierNoticesOutput, error) {
	notices, err := a.cfg.Notices.SupplierNotices(ctx)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	out := &supplierNoticesOutput{}
	out.Body.Notices = make([]supplierNotice, len(notices))
	for i, n := range notices {
		out.Body.Notices[i] = supplierNotice{
			Event: n.Seq, Supplier: n.Supplier, Name: n.Name, Kind: n.Kind, Message: n.Message, OccurredAt: n.OccurredAt.UTC(), Waiting: n.Waiting,
			SeenAt: n.SeenAt, SeenBy: n.SeenBy, SeenNote: n.SeenNote,
		}
	}
	return out, nil
}
