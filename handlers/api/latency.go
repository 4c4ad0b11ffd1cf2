package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

// LatencyReader reads how soon events took effect in a period.
type LatencyReader interface {
	Matrix(ctx context.Context, q models.LatencyQuery) ([]models.LatencyCell, error)
	Slowest(ctx context.Context, q models.LatencyQuery, limit int) ([]models.SlowEvent, error)
}

// slowestTold bounds the events of one entity at one DC.
const slowestTold = 20

type latencyInput struct {
	From   string `query:"from" maxLength:"64" doc:"From this minute on: RFC 3339, a minute in UTC or a day in UTC; an hour before the end where none is given."`
	To     string `query:"to" maxLength:"64" doc:"Before then; a day is in it as a whole. Now where none is given. A year after from at most."`
	DC     string `query:"dc" maxLength:"64" doc:"Only this distribution center; none for what belongs to none, such as items and suppliers."`
	Entity string `query:"entity" maxLength:"64" doc:"Only this entity." example:"inventory"`
}

type latencyOutput struct {
	Body struct {
		AsOf    time.Time     `json:"as_of"`
		From    time.Time     `json:"from"`
		To      time.Time     `json:"to"`
		Pairs   []latencyPair `json:"pairs" doc:"By DC and entity."`
		Slowest []slowEvent   `json:"slowest" doc:"The events of the period that took longest, 20 at most; empty unless both dc and entity are given."`
	}
}

// noDC asks for what belongs to no DC, as the filter of the pages does.
const noDC = "none"

type latencyPair struct {
	DC            string         `json:"dc" example:"DC-LEEDS"`
	Entity        string         `json:"entity" example:"inventory"`
	Events        uint64         `json:"events" doc:"That took effect in the period."`
	Late          uint64         `json:"late" doc:"Events that took longer than the target."`
	TargetSeconds float64        `json:"target_seconds" doc:"From the source's commit to the effect, real time."`
	P50Seconds    float64        `json:"p50_seconds"`
	P95Seconds    float64        `json:"p95_seconds"`
	MaxSeconds    float64        `json:"max_seconds"`
	Steps         []latencyStage `json:"steps" doc:"In the order of the way; deliver comes after the effect."`
}

type latencyStage struct {
	Step        models.LatencyStage `json:"step" enum:"accept,queue,transform,reference,apply,deliver"`
	Events      uint64              `json:"events"`
	MeanSeconds float64             `json:"mean_seconds"`
	P95Seconds  float64             `json:"p95_seconds"`
}

type slowEvent struct {
	Seq         int64     `json:"seq"`
	Source      string    `json:"source" example:"erp"`
	Item        string    `json:"item"`
	OccurredAt  time.Time `json:"occurred_at" doc:"The source's time."`
	AppliedAt   time.Time `json:"applied_at"`
	TookSeconds float64   `json:"took_seconds" doc:"0 for a source whose clock is ahead."`
}

func (a *API) routeLatency() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/latency", OperationID: "get-latency", Summary: "Read how soon events took effect in a period", Tags: []string{"Windows"},
		Description: "For each entity of a DC how long events took from the source's commit to the tower's effect, step by step, beside the target. " +
			"It is kept as long as the retention says, by the hour for longer than by the minute. Needs a key with the scope read, or a person who has signed in.",
		Errors: []int{http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity},
	}, models.ScopeRead), a.getLatency)
}

func (a *API) getLatency(ctx context.Context, in *latencyInput) (*latencyOutput, error) {
	now := a.cfg.Now()
	bounds := map[string]string{"from": in.From, "to": in.To}
	period, err := models.ParsePeriod(func(name string) string { return bounds[name] }, time.Hour, now)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	query := models.LatencyQuery{Period: period, DC: in.DC, Entity: in.Entity, Stages: append(models.LatencyStages(), models.LatencyTotal)}
	if in.DC == noDC {
		query.DC, query.NoDC = "", true
	}
	cells, err := a.cfg.Latency.Matrix(ctx, query)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	out := &latencyOutput{}
	out.Body.AsOf, out.Body.From, out.Body.To = now.UTC(), period.From.UTC(), period.To.UTC()
	out.Body.Pairs, out.Body.Slowest = a.latencyPairs(cells), []slowEvent{}
	if in.DC == "" || in.Entity == "" {
		return out, nil
	}
	slowest, err := a.cfg.Latency.Slowest(ctx, query, slowestTold)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	for _, e := range slowest {
		out.Body.Slowest = append(out.Body.Slowest, slowEvent{
			Seq: e.Seq, Source: e.Source, Item: e.Item, OccurredAt: e.OccurredAt.UTC(), AppliedAt: e.AppliedAt.UTC(), TookSeconds: e.Took().Seconds(),
		})
	}
	return out, nil
}

// latencyPairs folds the cells, which are ordered by DC and entity, into one for
// each pair.
func (a *API) latencyPairs(cells []models.LatencyCell) []latencyPair {
	targets, steps := a.cfg.Targets(), map[models.LatencyStage]int{}
	for i, stage := range models.LatencyStages() {
		steps[stage] = i
	}
	pairs := []latencyPair{}
	for _, c := range cells {
		if n := len(pairs); n == 0 || pairs[n-1].DC != c.DC || pairs[n-1].Entity != c.Entity {
			pairs = append(pairs, latencyPair{DC: c.DC, Entity: c.Entity, TargetSeconds: targets.Latency(c.Entity, c.DC).Seconds(), Steps: make([]latencyStage, len(steps))})
			for stage, i := range steps {
				pairs[n].Steps[i].Step = stage
			}
		}
		pair, spread := &pairs[len(pairs)-1], c.Spread
		p95 := spread.Quantile(0.95).Seconds()
		if i, is := steps[c.Stage]; is {
			mean := time.Duration(spread.SumMicroseconds()/max(spread.Count(), 1)) * time.Microsecond
			pair.Steps[i] = latencyStage{Step: c.Stage, Events: spread.Count(), MeanSeconds: mean.Seconds(), P95Seconds: p95}
			continue
		}
		pair.Events, pair.Late = spread.Count(), spread.Longer(targets.Latency(c.Entity, c.DC))
		pair.P50Seconds, pair.P95Seconds, pair.MaxSeconds = spread.Quantile(0.5).Seconds(), p95, spread.Max().Seconds()
	}
	return pairs
}
