package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

type cadenceInput struct {
	DC    string `query:"dc" maxLength:"64" doc:"Only this distribution center."`
	Hours int    `query:"hours" minimum:"1" maximum:"720" default:"24" doc:"How far to look back; it begins with a whole hour."`
}

type cadenceOutput struct {
	Body struct {
		Feeds []feedCadence `json:"feeds" doc:"By source, entity and DC."`
	}
}

type feedCadence struct {
	Source           string      `json:"source" example:"erp"`
	Entity           string      `json:"entity" example:"inventory"`
	DC               string      `json:"dc" doc:"Empty for what belongs to no DC." example:"DC-LEEDS"`
	Events           int64       `json:"events" doc:"That took effect."`
	UsualGapSeconds  *float64    `json:"usual_gap_seconds" doc:"From one arrival to the next, to 10 s: half of the time falls into shorter ones. Null with fewer than two arrivals."`
	LongGapSeconds   *float64    `json:"p95_gap_seconds" doc:"One moment in twenty falls into a longer gap."`
	Pace             models.Pace `json:"pace" enum:"stream,batches," doc:"Empty with fewer than two arrivals."`
	LastAt           time.Time   `json:"last_at" doc:"When something of it last took effect, also before."`
	AgeSeconds       float64     `json:"age_seconds" doc:"Seconds since last_at."`
	FreshnessSeconds *float64    `json:"freshness_seconds" doc:"How recent it has to be, as declared; null where nothing is declared."`
}

func (a *API) routeCadence() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/cadence", OperationID: "get-cadence", Summary: "Read how often something comes", Tags: []string{"Events"},
		Description: "How often something useful came of each source, entity and DC, how old the last of it is, and how recent it has to be. " +
			"Needs a key with the scope read, or a person who has signed in.",
		Errors: []int{http.StatusForbidden, http.StatusUnprocessableEntity},
	}, models.ScopeRead), func(ctx context.Context, in *cadenceInput) (*cadenceOutput, error) {
		now := a.cfg.Now()
		all, err := a.cfg.Cadences.Read(ctx, models.CadenceQuery{Now: now, Window: time.Duration(in.Hours) * time.Hour, DC: in.DC})
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		out := &cadenceOutput{}
		out.Body.Feeds = make([]feedCadence, len(all))
		for i, c := range all {
			usual, long := c.Typical()
			out.Body.Feeds[i] = feedCadence{
				Source: c.Source, Entity: c.Entity, DC: c.DC, Events: c.Events, UsualGapSeconds: secondsOrNull(usual), LongGapSeconds: secondsOrNull(long),
				Pace: c.Pace(), LastAt: c.LastAt, AgeSeconds: max(now.Sub(c.LastAt), 0).Round(time.Millisecond).Seconds(), FreshnessSeconds: secondsOrNull(c.Freshness),
			}
		}
		return out, nil
	})
}

// secondsOrNull is null for what is not known, which is 0.
func secondsOrNull(d time.Duration) *float64 {
	if d == 0 {
		return nil
	}
	seconds := d.Seconds()
	return &seconds
}
