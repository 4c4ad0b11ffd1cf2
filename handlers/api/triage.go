package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"throughline/models"
)

const triagePath = "/api/v1/triage"

// Worker is a person who may work on the exceptions of some teams.
type Worker struct {
	Name     string
	SignedIn bool
	Teams    []models.Team
}

type workerKey struct{}

// withWorker makes an operation ask for a person who works on exceptions.
func (a *API) withWorker(op huma.Operation) huma.Operation {
	op.Tags = []string{"Exceptions"}
	return a.withPerson(op, "exceptions are worked on by people", "Your role does not work on exceptions.")
}

// withPerson makes an operation ask for somebody of a team: the audit trail names
// people, and a key is a system's. Its refusals say why
// it has to be a person, and what a role without a team does not do.
func (a *API) withPerson(op huma.Operation, why, refusal string) huma.Operation {
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusServiceUnavailable)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		who := a.cfg.Worker(humaecho.Unwrap(ctx).Request())
		switch {
		case !who.SignedIn:
			a.refuse(ctx, models.Errorf(models.CodeUnauthenticated, "Sign in: %s, and an API key is a system's.", why))
		case len(who.Teams) == 0:
			a.refuse(ctx, models.Errorf(models.CodeForbidden, "%s", refusal))
		default:
			next(huma.WithValue(ctx, workerKey{}, who))
		}
	})
	return op
}

func workerOf(ctx context.Context) Worker {
	who, _ := ctx.Value(workerKey{}).(Worker)
	return who
}

type triageInput struct {
	Body struct {
		Action     models.ExceptionAction `json:"action" enum:"acknowledge,assign,shelve"`
		Exceptions []int64                `json:"exceptions,omitempty" maxItems:"500" doc:"Those to change; without them all that the filter matches."`
		Filter     *struct {
			Team     models.Team           `json:"team" enum:"planner,procurement,it" doc:"Whose queue."`
			Part     models.QueuePart      `json:"part,omitempty" enum:"ours,also" doc:"Only what the team owns, or only what others own on which it may act; both when left out."`
			Priority []models.Priority     `json:"priority,omitempty"`
			Code     models.ExceptionCode  `json:"code,omitempty" example:"TRF-03"`
			Stage    models.Stage          `json:"stage,omitempty" enum:"api,transformation,workflow,business"`
			State    models.ExceptionState `json:"state,omitempty" enum:"new,acknowledged,assigned,in_progress,waiting,suppressed"`
			DC       string                `json:"dc,omitempty" maxLength:"64"`
			Item     string                `json:"item,omitempty" maxLength:"64"`
			Supplier string                `json:"supplier,omitempty" maxLength:"64"`
			Source   string                `json:"source,omitempty" maxLength:"64"`
			Text     string                `json:"text,omitempty" maxLength:"200" doc:"Anywhere in what a person reads."`
		} `json:"filter,omitempty" doc:"Names more than the team: a triage never means everything."`
	}
}

type triageID struct {
	ID int64 `path:"id" minimum:"1"`
}

type triageRun struct {
	ID   int64 `path:"id" minimum:"1"`
	Body struct {
		Owner   string `json:"owner,omitempty" maxLength:"64" doc:"With assign: to whom; you when left out."`
		Reason  string `json:"reason,omitempty" maxLength:"500" doc:"With shelve: why it can wait; required."`
		Seconds int    `json:"seconds,omitempty" minimum:"0" maximum:"86400" doc:"With shelve: for how long, from a minute to a day."`
	}
}

type triageOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         triageBody
}

type triageBody struct {
	ID      int64                  `json:"id"`
	Action  models.ExceptionAction `json:"action"`
	Actor   string                 `json:"actor"`
	Status  string                 `json:"status" enum:"preview,interrupted,done,undone"`
	Owner   string                 `json:"owner,omitempty"`
	Reason  string                 `json:"reason,omitempty"`
	Seconds int                    `json:"seconds,omitempty"`
	Counts  map[string]int64       `json:"counts" doc:"Exceptions by outcome."`
	Codes   map[string]int64       `json:"codes" doc:"Exceptions by kind."`
	Urgency map[string]int64       `json:"priorities" doc:"Exceptions by priority."`
	Items   []triageItem           `json:"items" doc:"The most urgent first."`
}

type triageItem struct {
	Exception int64                 `json:"exception"`
	Title     string                `json:"title"`
	Code      models.ExceptionCode  `json:"code"`
	Priority  models.Priority       `json:"priority"`
	State     models.ExceptionState `json:"state" enum:"new,acknowledged,assigned,in_progress,waiting,suppressed,resolved"`
	Owner     string                `json:"owner,omitempty"`
	Outcome   string                `json:"outcome" enum:"open,done,undone,changed,needless,suppressed,urgent,not_allowed" doc:"What came of it or, before the run, would: open is what would be changed."`
	Note      string                `json:"note,omitempty"`
}

func (a *API) routeTriage() {
	huma.Register(a.huma, a.withWorker(huma.Operation{
		Method: http.MethodPost, Path: triagePath, OperationID: "plan-triage", Summary: "Preview the same change of many exceptions", DefaultStatus: http.StatusCreated,
		Description: "Chooses up to 500 exceptions and changes none of them: run does.", Errors: []int{http.StatusConflict},
	}), a.planTriage)
	huma.Register(a.huma, a.withWorker(huma.Operation{
		Method: http.MethodGet, Path: triagePath + "/{id}", OperationID: "get-triage", Summary: "Read what came of a triage", Errors: []int{http.StatusNotFound},
	}), func(ctx context.Context, in *triageID) (*triageOutput, error) {
		run, err := a.cfg.Triage.Get(ctx, in.ID)
		return a.triage(ctx, run, err)
	})
	huma.Register(a.huma, a.withWorker(huma.Operation{
		Method: http.MethodPost, Path: triagePath + "/{id}/run", OperationID: "run-triage", Summary: "Change each exception of a triage",
		Description: "Each changes alone, with an audit row of its own. Sent again it does nothing twice.", Errors: []int{http.StatusNotFound},
	}), a.runTriage)
	huma.Register(a.huma, a.withWorker(huma.Operation{
		Method: http.MethodPost, Path: triagePath + "/{id}/undo", OperationID: "undo-triage", Summary: "Take a triage back",
		Description: "Within seconds of its end; what somebody changed since stays.", Errors: []int{http.StatusNotFound, http.StatusPreconditionFailed},
	}), func(ctx context.Context, in *triageID) (*triageOutput, error) {
		run, err := a.cfg.Triage.Undo(ctx, in.ID, workerOf(ctx).Name)
		return a.triage(ctx, run, err)
	})
}

func (a *API) planTriage(ctx context.Context, in *triageInput) (*triageOutput, error) {
	who := workerOf(ctx)
	plan := models.TriagePlan{Action: in.Body.Action, Picked: in.Body.Exceptions, Queue: "/exceptions", Actor: who.Name}
	if f := in.Body.Filter; f != nil {
		if !slices.Contains(who.Teams, f.Team) {
			return nil, a.failure(ctx, models.Errorf(models.CodeForbidden, "Your role does not work on the queue of %s.", f.Team))
		}
		plan.Filter = models.ExceptionFilter{
			Team: f.Team, Part: f.Part, Priorities: f.Priority, Stage: f.Stage, State: f.State, DC: f.DC, Item: f.Item, Supplier: f.Supplier, Source: f.Source, Text: strings.TrimSpace(f.Text),
		}
		if f.Code != "" {
			plan.Filter.Codes = []models.ExceptionCode{f.Code}
		}
	}
	id, err := a.cfg.Triage.Plan(ctx, plan)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	run, err := a.cfg.Triage.Get(ctx, id)
	return a.triage(ctx, run, err)
}

func (a *API) runTriage(ctx context.Context, in *triageRun) (*triageOutput, error) {
	who := workerOf(ctx)
	run, err := a.cfg.Triage.Get(ctx, in.ID)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	order := models.TriageOrder{
		Actor: who.Name, Teams: who.Teams, Owner: cmp.Or(run.Owner, in.Body.Owner, who.Name),
		Note: strings.TrimSpace(in.Body.Reason), For: time.Duration(in.Body.Seconds) * time.Second,
	}
	if order.OwnerTeams, err = a.cfg.OwnerTeams(ctx, order.Owner); err != nil {
		return nil, a.failure(ctx, err)
	}
	run, err = a.cfg.Triage.Run(ctx, in.ID, order)
	return a.triage(ctx, run, err)
}

func (a *API) triage(ctx context.Context, run models.Triage, err error) (*triageOutput, error) {
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	out := &triageOutput{CacheControl: "no-store", Body: triageBody{
		ID: run.ID, Action: run.Action, Actor: run.Actor, Status: triageStatus(run), Owner: run.Owner, Reason: run.Note, Seconds: run.Seconds,
		Counts: map[string]int64{}, Codes: map[string]int64{}, Urgency: map[string]int64{}, Items: make([]triageItem, len(run.Items)),
	}}
	teams := workerOf(ctx).Teams
	for i, item := range run.Items {
		outcome := cmp.Or(string(run.Foresee(item, teams, a.cfg.Now())), "open")
		out.Body.Counts[outcome]++
		out.Body.Codes[string(item.Code)]++
		out.Body.Urgency[string(item.Priority)]++
		out.Body.Items[i] = triageItem{
			Exception: item.ID, Title: item.Headline(), Code: item.Code, Priority: item.Priority, State: item.StateAt(a.cfg.Now()), Owner: item.Owner,
			Outcome: outcome, Note: item.OutcomeNote,
		}
	}
	return out, nil
}

func triageStatus(run models.Triage) string {
	switch {
	case run.StartedAt == nil:
		return "preview"
	case run.UndoneAt != nil:
		return "undone"
	case run.EndedAt == nil:
		return "interrupted"
	default:
		return "done"
	}
}
