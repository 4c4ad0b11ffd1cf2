package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

// moment is when something was, and how long ago.
type moment struct {
	At         time.Time `json:"at"`
	AgeSeconds float64   `json:"age_seconds" doc:"Seconds since at; less than nothing when it is yet to come."`
}

func (a *API) moment(at time.Time) moment {
	return moment{At: at, AgeSeconds: a.cfg.Now().Sub(at).Round(time.Millisecond).Seconds()}
}

func (a *API) momentIf(at *time.Time) *moment {
	if at == nil {
		return nil
	}
	m := a.moment(*at)
	return &m
}

type recommendationStatus struct {
	Recommendation string                 `json:"recommendation"`
	State          models.SubmissionState `json:"state" enum:"accepted,held,waiting,parked,superseded,discarded,applied,waiting_for_approval,approved,rejected,ordered,failed" doc:"waiting is for a missing master record; applied is not judged yet; approved is not ordered yet; failed is an order that the ERP refused."`
	Since          moment                 `json:"since"`
	Reason         string                 `json:"reason,omitempty" doc:"Why it does not go on, or was decided so."`
	Code           string                 `json:"code,omitempty" doc:"Of a parked or waiting one: the code of its exception."`
	Seq            int64                  `json:"seq" doc:"Place of its event in the log."`
	Item           string                 `json:"item"`
	DC             string                 `json:"dc"`
	Kind           string                 `json:"kind,omitempty" enum:"purchase,transfer"`
	Quantity       string                 `json:"quantity,omitempty" doc:"As approved by now, a decimal in unit."`
	Unit           string                 `json:"unit,omitempty"`
	Received       moment                 `json:"received"`
	Applied        *moment                `json:"applied,omitempty"`
	Due            *moment                `json:"due,omitempty" doc:"By when a person should decide."`
	Decided        *moment                `json:"decided,omitempty"`
	DecidedBy      string                 `json:"decided_by,omitempty" doc:"A person, or the policy and its version."`
	Sent           *moment                `json:"sent,omitempty" doc:"When the ERP was asked last."`
	Attempts       int                    `json:"attempts,omitempty" doc:"Calls to the ERP so far."`
	Ordered        *moment                `json:"ordered,omitempty"`
	Order          string                 `json:"order,omitempty" doc:"The ERP's number."`
	tracing
}

func (a *API) recommendationStatus(s models.Submission) recommendationStatus {
	shown := recommendationStatus{
		Recommendation: s.Recommendation, State: s.State, Since: a.moment(s.Since), Reason: s.Reason, Code: s.Code, Seq: s.Seq,
		Item: s.Item, DC: s.DC, Kind: s.Kind, Unit: s.Unit, Received: a.moment(s.ReceivedAt), Applied: a.momentIf(s.AppliedAt),
		Due: a.momentIf(s.DueAt), Decided: a.momentIf(s.DecidedAt), DecidedBy: s.DecidedBy, Sent: a.momentIf(s.SentAt), Attempts: s.Attempts,
		Ordered: a.momentIf(s.OrderedAt), Order: s.Order,
		tracing: tracing{TraceID: s.TraceID, CorrelationID: s.CorrelationID, CausationID: s.CausationID},
	}
	if s.AppliedAt != nil {
		shown.Quantity = s.Quantity.String()
	}
	return shown
}

type recommendationOutput struct {
	Body recommendationStatus
}

func (a *API) routeRecommendations() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: recommendationsPath + "/{id}", OperationID: "get-recommendation", Summary: "Ask how a recommendation stands",
		Description: "From its acceptance to the ERP's order number, with when each step was.",
		Tags:        []string{"Replenishment"}, Errors: []int{http.StatusNotFound},
	}), func(ctx context.Context, in *recommendationInput) (*recommendationOutput, error) {
		s, err := a.cfg.Recommendations.Status(ctx, in.ID)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		return &recommendationOutput{Body: a.recommendationStatus(s)}, nil
	})
}

type recommendationInput struct {
	ID string `path:"id" maxLength:"200" doc:"The recommendation's id."`
}

// Resolve reads the id as it was written: of an address with an escaped slash
// the router leaves every escape as it is.
func (in *recommendationInput) Resolve(ctx huma.Context) []error {
	address := ctx.URL()
	if address.RawPath != "" {
		if id, err := url.PathUnescape(in.ID); err == nil {
			in.ID = id
		}
	}
	if !utf8.ValidString(in.ID) || strings.ContainsRune(in.ID, 0) {
		return []error{huma.Error404NotFound("There is no recommendation of this id.")}
	}
	return nil
}
