package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

// AlarmReader judges how often people are called, and for what.
type AlarmReader interface {
	Health(ctx context.Context, now time.Time, dc string) (models.AlarmHealth, error)
	Response(ctx context.Context, since time.Time, dc string) ([]models.ResponseGroup, error)
	ByFlow(ctx context.Context, since time.Time, dc string) ([]models.FlowExceptions, error)
}

type alarmsOutput struct {
	Body struct {
		Since      time.Time       `json:"since" doc:"A week ago, or the first exception."`
		AsOf       time.Time       `json:"as_of"`
		Calls      int             `json:"calls" doc:"Exceptions that opened, or opened again, and called somebody."`
		High       int             `json:"high" doc:"Calls of priority P1; near 5 % of all are good."`
		Medium     int             `json:"medium" doc:"P2; near 15 %."`
		Low        int             `json:"low" doc:"P3 and P4; near 80 %."`
		Floods     int             `json:"floods" doc:"Times with more than ten calls in ten minutes."`
		FloodShare float64         `json:"flood_share" doc:"Share of the time in a flood; below 0.01 is good."`
		Shelved    int             `json:"shelved" doc:"Exceptions that are put aside now."`
		Teams      []teamCalls     `json:"teams"`
		Kinds      []kindCalls     `json:"kinds" doc:"The most frequent first."`
		Chattering []chatter       `json:"chattering" doc:"Conditions that opened three times or more within ten minutes."`
		Storms     []storm         `json:"storms" doc:"Floods of one kind from one system, in which one called for all; the newest first."`
		Stale      []staleOpen     `json:"stale" doc:"Open for a day without anybody's action, the oldest first, 50 at most."`
		Response   []responseGroup `json:"response" doc:"Answer and repair of what opened in seven days, by team, stage and DC."`
		Flows      []flowRate      `json:"flows" doc:"Exceptions of six hours beside what each flow carried."`
	}
}

type teamCalls struct {
	Team    models.Team `json:"team" example:"it"`
	People  int         `json:"people" doc:"Accounts with the team's role."`
	Calls   int         `json:"calls"`
	PerHour float64     `json:"calls_per_hour" doc:"For one person, of the whole team when nobody is in it; up to 6 are good."`
}

type kindCalls struct {
	Kind  models.ExceptionCode `json:"kind" example:"API-01"`
	Calls int                  `json:"calls"`
	Share float64              `json:"share" doc:"Of all calls."`
}

type chatter struct {
	Exception int64  `json:"exception" doc:"The newest."`
	Title     string `json:"title"`
	Calls     int    `json:"calls" doc:"The most within ten minutes."`
}

type storm struct {
	Kind   models.ExceptionCode `json:"kind" example:"API-05"`
	System string               `json:"system" example:"erp"`
	Since  time.Time            `json:"since"`
	Until  time.Time            `json:"until"`
	Lasts  bool                 `json:"lasts" doc:"It is not over."`
	Opened int                  `json:"opened" doc:"Exceptions."`
	Folded int                  `json:"folded" doc:"Of them, under their cause."`
}

type staleOpen struct {
	Exception int64                `json:"exception"`
	Kind      models.ExceptionCode `json:"kind" example:"REC-01"`
	Priority  models.Priority      `json:"priority" example:"P2"`
	Team      models.Team          `json:"team" example:"it"`
	Title     string               `json:"title"`
	OpenedAt  time.Time            `json:"opened_at"`
}

type responseGroup struct {
	By                string   `json:"by" enum:"team,stage,dc"`
	Name              string   `json:"name" doc:"Empty for what belongs to no DC."`
	Opened            int64    `json:"opened"`
	Open              int64    `json:"open" doc:"Of them, still."`
	Answered          int64    `json:"answered" doc:"Acknowledged or worked on by somebody."`
	AnsweredInTime    int64    `json:"answered_in_time" doc:"Within their clock."`
	MeanAnswerSeconds *float64 `json:"mean_answer_seconds" doc:"From the opening to the answer, real time without that on a shelf; null with none."`
	Solved            int64    `json:"solved" doc:"By a person."`
	MeanSolveSeconds  *float64 `json:"mean_solve_seconds" doc:"From the opening to a person's solution, likewise."`
	Cleared           int64    `json:"cleared" doc:"Closed by themselves when their cause was gone."`
}

type flowRate struct {
	Kind        models.HopKind `json:"kind" enum:"source,route,erp," doc:"Empty for what belongs to no flow."`
	Name        string         `json:"name" doc:"Of the source, route or ERP; the kind of exceptions where they belong to no flow." example:"erp"`
	Carried     int64          `json:"carried" doc:"Events of a source, deliveries of a route, orders to an ERP."`
	Exceptions  int64          `json:"exceptions"`
	PerThousand *float64       `json:"per_thousand" doc:"Exceptions of a thousand that were carried; null where nothing was."`
}

func (a *API) routeAlarms() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/alarms", OperationID: "get-alarms", Summary: "Read the health of the alarms", Tags: []string{"Exceptions"},
		Description: "How often exceptions called people, for what, how soon they were answered and solved, and how many came of what each flow carried. Times are real. " +
			"Needs a key with the scope read or operate, or a person who has signed in.",
		Errors: []int{http.StatusForbidden, http.StatusUnprocessableEntity},
	}, models.ScopeRead, models.ScopeOperate), a.getAlarms)
}

func (a *API) getAlarms(ctx context.Context, in *windowsInput) (*alarmsOutput, error) {
	now := a.cfg.Now()
	health, err := a.cfg.Alarms.Health(ctx, now, in.DC)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	response, err := a.cfg.Alarms.Response(ctx, now.Add(-models.ResponseLookBack), in.DC)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	flows, err := a.cfg.Alarms.ByFlow(ctx, now.Add(-models.FlowsLookBack), in.DC)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	out := &alarmsOutput{}
	b := &out.Body
	b.Since, b.AsOf, b.Calls, b.High, b.Medium, b.Low = health.Since.UTC(), health.Until.UTC(), health.Calls, health.High, health.Medium, health.Low
	b.Floods, b.FloodShare, b.Shelved = health.Floods, health.Flooded, health.Shelved
	b.Teams = each(health.Teams, func(t models.TeamLoad) teamCalls { return teamCalls(t) })
	b.Kinds = each(health.Kinds, func(k models.KindLoad) kindCalls { return kindCalls{k.Code, k.Calls, k.Share} })
	b.Chattering = each(health.Chattering, func(c models.Chatter) chatter { return chatter(c) })
	b.Storms = each(health.Storms, func(s models.Storm) storm {
		return storm{s.Code, s.System, s.Since.UTC(), s.Until.UTC(), s.Lasts, s.Opened, s.Folded}
	})
	b.Stale = each(health.Stale, func(e models.Exception) staleOpen {
		return staleOpen{e.ID, e.Code, e.Priority, e.Team, e.Headline(), e.OpenedAt.UTC()}
	})
	b.Response, b.Flows = each(response, responseOf), each(flows, flowRateOf)
	return out, nil
}

// each is a list that is empty rather than null.
func each[From, To any](all []From, to func(From) To) []To {
	out := make([]To, len(all))
	for i, one := range all {
		out[i] = to(one)
	}
	return out
}

func responseOf(g models.ResponseGroup) responseGroup {
	return responseGroup{
		By: g.By, Name: g.Name, Opened: g.Opened, Open: g.Open, Answered: g.Answered, AnsweredInTime: g.AnsweredInDue, Solved: g.Solved, Cleared: g.Cleared(),
		MeanAnswerSeconds: meanOrNull(g.Answered, g.ToAnswer), MeanSolveSeconds: meanOrNull(g.Solved, g.ToSolve),
	}
}

func meanOrNull(of int64, mean time.Duration) *float64 {
	if of == 0 {
		return nil
	}
	seconds := mean.Round(time.Millisecond).Seconds()
	return &seconds
}

func flowRateOf(f models.FlowExceptions) flowRate {
	out := flowRate{Kind: f.Kind, Name: f.Name, Carried: f.Carried, Exceptions: f.Exceptions}
	if rate, flowed := f.PerThousand(); flowed {
		perThousand := rate.InexactFloat64()
		out.PerThousand = &perThousand
	}
	return out
}
