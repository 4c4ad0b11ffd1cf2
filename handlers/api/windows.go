package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

// BudgetReader reads how entities stand against their latency targets, and how
// what governs their ages was kept.
type BudgetReader interface {
	Read(ctx context.Context, now time.Time) ([]models.ErrorBudget, error)
	Freshness(ctx context.Context, fresh []models.EntityFreshness, now time.Time) (map[models.MarkKey]models.ErrorBudget, error)
}

// AgeReader reads how old what each source sends is; an empty dc asks for all.
type AgeReader interface {
	Freshness(ctx context.Context, dc string) ([]models.EntityFreshness, error)
}

type windowsInput struct {
	DC string `query:"dc" maxLength:"64" doc:"Only this distribution center."`
}

type latencyWindowsOutput struct {
	Body struct {
		AsOf    time.Time       `json:"as_of"`
		Windows []latencyWindow `json:"windows" doc:"By DC and entity."`
	}
}

type freshnessWindowsOutput struct {
	Body struct {
		AsOf    time.Time         `json:"as_of"`
		Windows []freshnessWindow `json:"windows" doc:"By DC, entity and source."`
	}
}

type latencyWindow struct {
	DC            string  `json:"dc" example:"DC-LEEDS" doc:"Empty for what belongs to no DC, such as items."`
	Entity        string  `json:"entity" example:"inventory"`
	Criticality   string  `json:"criticality" doc:"Of its target; empty where none is declared."`
	TargetSeconds float64 `json:"target_seconds" doc:"From the source's commit to the effect, real time."`
	Events        int64   `json:"events" doc:"That took effect in 30 days."`
	Late          int64   `json:"late" doc:"Events that took longer than the target of their hour."`
	errorBudget
}

type freshnessWindow struct {
	DC            string      `json:"dc" example:"DC-LEEDS" doc:"Empty for what belongs to no DC, such as items."`
	Entity        string      `json:"entity" example:"inventory"`
	Source        string      `json:"source" example:"erp"`
	Criticality   string      `json:"criticality" doc:"Of its target; empty where none is declared."`
	Owner         bool        `json:"owner" doc:"The source owns the entity, or nobody does."`
	Declared      bool        `json:"declared" doc:"A target says how recent it has to be."`
	NewestAt      time.Time   `json:"newest_at" doc:"The source's time of the newest row."`
	AgeSeconds    float64     `json:"age_seconds" doc:"Seconds since newest_at."`
	Stale         bool        `json:"stale" doc:"The newest row is older than the window."`
	WindowSeconds *float64    `json:"window_seconds" doc:"How old the newest row may be, in working time; null where nothing governs it."`
	Calendar      string      `json:"calendar" doc:"Whose working time counts; empty for day and night."`
	Kept          *timeBudget `json:"kept" doc:"How the window was kept; null where nothing governs it."`
}

// timeBudget is an error budget of minutes.
type timeBudget struct {
	Minutes      int64 `json:"minutes" doc:"Of working time in 30 days, or since the first row."`
	StaleMinutes int64 `json:"stale_minutes" doc:"Minutes in which nothing had come within the window."`
	errorBudget
}

// errorBudget is what both kinds of budgets tell; shares are of one.
type errorBudget struct {
	Objective     float64  `json:"objective" doc:"Which share has to be in time." example:"0.99"`
	Attained      *float64 `json:"attained" doc:"Which share was; null while there is nothing to judge."`
	BudgetLeft    float64  `json:"budget_left" doc:"The share of the budget of 30 days that is left; below 0 when more was late than may be."`
	Burn1h        float64  `json:"burn_1h" doc:"How many times as fast as it may the budget is used up; 1 uses it up in 30 days. Windows begin with a whole hour."`
	Burn6h        float64  `json:"burn_6h"`
	Burn3d        float64  `json:"burn_3d"`
	UsedUpSeconds *float64 `json:"used_up_in_seconds" doc:"How long the rest lasts at the rate of the last six hours; 0 when it is used up, null when it lasts 30 days or more."`
}

func budgetOf(b models.ErrorBudget) errorBudget {
	out := errorBudget{
		Objective: b.Objective.InexactFloat64(), BudgetLeft: b.Left().InexactFloat64(),
		Burn1h: b.Burn(0).InexactFloat64(), Burn6h: b.Burn(1).InexactFloat64(), Burn3d: b.Burn(2).InexactFloat64(),
	}
	if b.Period.Events > 0 {
		attained := b.Attained().InexactFloat64()
		out.Attained = &attained
	}
	if lasts, will := b.Breach(); will {
		seconds := lasts.Round(time.Second).Seconds()
		out.UsedUpSeconds = &seconds
	}
	return out
}

func (a *API) routeWindows() {
	const needs = "Needs a key with the scope read, or a person who has signed in."
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/windows/latency", OperationID: "get-latency-windows", Summary: "Read the error budgets of latency", Tags: []string{"Windows"},
		Description: "For each entity of a DC how soon its events have to take effect, how many of 30 days did, what is left of the budget and how fast it is used up. " + needs,
		Errors:      []int{http.StatusForbidden, http.StatusUnprocessableEntity},
	}, models.ScopeRead), a.getLatencyWindows)
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/windows/freshness", OperationID: "get-freshness-windows", Summary: "Read the error budgets of freshness", Tags: []string{"Windows"},
		Description: "For each entity of a DC and source how old the newest row is and may be, for how much of the working time of 30 days something came in time, what is left of the budget and how fast it is used up. " + needs,
		Errors:      []int{http.StatusForbidden, http.StatusUnprocessableEntity},
	}, models.ScopeRead), a.getFreshnessWindows)
}

func (a *API) getLatencyWindows(ctx context.Context, in *windowsInput) (*latencyWindowsOutput, error) {
	now := a.cfg.Now()
	budgets, err := a.cfg.Budgets.Read(ctx, now)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	out := &latencyWindowsOutput{}
	out.Body.AsOf, out.Body.Windows = now.UTC(), []latencyWindow{}
	for _, b := range budgets {
		if in.DC != "" && b.DC != in.DC {
			continue
		}
		out.Body.Windows = append(out.Body.Windows, latencyWindow{
			DC: b.DC, Entity: b.Entity, Criticality: b.Criticality, TargetSeconds: b.Target.Seconds(),
			Events: b.Period.Events, Late: b.Period.Late, errorBudget: budgetOf(b),
		})
	}
	return out, nil
}

func (a *API) getFreshnessWindows(ctx context.Context, in *windowsInput) (*freshnessWindowsOutput, error) {
	now := a.cfg.Now()
	fresh, err := a.cfg.Ages.Freshness(ctx, in.DC)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	budgets, err := a.cfg.Budgets.Freshness(ctx, fresh, now)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	out := &freshnessWindowsOutput{}
	out.Body.AsOf, out.Body.Windows = now.UTC(), make([]freshnessWindow, len(fresh))
	for i, f := range fresh {
		window := freshnessWindow{
			DC: f.DC, Entity: f.Entity, Source: f.Source, Criticality: f.Criticality, Owner: f.Owner, Declared: f.Declared, NewestAt: f.NewestAt.UTC(),
			AgeSeconds: max(now.Sub(f.NewestAt), 0).Round(time.Millisecond).Seconds(), Stale: f.Stale(now), WindowSeconds: secondsOrNull(f.Window),
		}
		if f.Calendar != nil {
			window.Calendar = f.Calendar.Name
		}
		if b, governed := budgets[f.Key()]; governed {
			window.Kept = &timeBudget{Minutes: b.Period.Events, StaleMinutes: b.Period.Late, errorBudget: budgetOf(b)}
		}
		out.Body.Windows[i] = window
	}
	return out, nil
}
