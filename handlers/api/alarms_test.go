package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"throughline/models"
)

// calls are a P1 and a P3 of a week, one of them answered.
type calls struct{}

func (calls) Health(_ context.Context, at time.Time, _ string) (models.AlarmHealth, error) {
	made := []models.Call{
		{At: at.Add(-2 * time.Hour), Exception: 4, Code: models.ExceptionDrift, Team: models.TeamIT, Priority: models.PriorityP1, Key: "a"},
		{At: at.Add(-time.Hour), Exception: 5, Code: models.ExceptionSourceSilent, Team: models.TeamIT, Priority: models.PriorityP3, Key: "b"},
	}
	health := models.JudgeAlarms(made, map[models.Team]int{models.TeamIT: 2}, at.Add(-10*time.Hour), at)
	health.Stale = []models.Exception{{ID: 3, Code: models.ExceptionDrift, Priority: models.PriorityP2, Team: models.TeamIT, Title: "Stock differs", OpenedAt: at.Add(-48 * time.Hour)}}
	return health, nil
}

func (calls) Response(_ context.Context, since time.Time, _ string) ([]models.ResponseGroup, error) {
	if !since.Equal(now.Add(-7 * 24 * time.Hour)) {
		return nil, errDown
	}
	return []models.ResponseGroup{{By: "team", Name: "it", Opened: 2, Open: 1, Answered: 1, AnsweredInDue: 1, ToAnswer: 90 * time.Second}}, nil
}

func (calls) ByFlow(_ context.Context, since time.Time, dc string) ([]models.FlowExceptions, error) {
	if !since.Equal(now.Add(-6 * time.Hour)) {
		return nil, errDown
	}
	if dc != "" {
		return []models.FlowExceptions{{Name: "BIZ-01", Exceptions: 1}}, nil
	}
	return []models.FlowExceptions{{Kind: models.HopSource, Name: "erp", Carried: 500, Exceptions: 2}, {Name: "BIZ-01", Exceptions: 1}}, nil
}

func TestAlarmHealthTellsWhomExceptionsCall(t *testing.T) {
	rec, body := get(t, mount(t, fakes{}), "/api/v1/alarms", authorization, "Bearer reads")
	if rec.Code != http.StatusOK {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	same(t, "the week", body, map[string]any{"since": "2026-03-01T22:00:30Z", "as_of": "2026-03-02T08:00:30Z", "calls": 2.0, "high": 1.0, "medium": 0.0, "low": 1.0, "floods": 0.0})
	row := func(list string, i int) map[string]any {
		t.Helper()
		rows, _ := body[list].([]any)
		if len(rows) <= i {
			t.Fatalf("%s has %d rows", list, len(rows))
		}
		return rows[i].(map[string]any)
	}
	same(t, "the team", row("teams", 2), map[string]any{"team": "it", "people": 2.0, "calls": 2.0, "calls_per_hour": 0.1})
	same(t, "the kind", row("kinds", 0), map[string]any{"calls": 1.0, "share": 0.5})
	same(t, "what is stale", row("stale", 0), map[string]any{"exception": 3.0, "kind": "REC-01", "priority": "P2", "title": "Stock differs", "opened_at": "2026-02-28T08:00:30Z"})
	same(t, "the answers", row("response", 0), map[string]any{"by": "team", "name": "it", "mean_answer_seconds": 90.0, "mean_solve_seconds": nil, "cleared": 1.0})
	same(t, "the flow", row("flows", 0), map[string]any{"kind": "source", "name": "erp", "carried": 500.0, "per_thousand": 4.0})
	same(t, "no flow", row("flows", 1), map[string]any{"kind": "", "name": "BIZ-01", "per_thousand": nil})
	if storms, ok := body["storms"].([]any); !ok || len(storms) != 0 {
		t.Errorf("without a storm: %v", body["storms"])
	}
}
