package models_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"throughline/models"
)

func TestExceptionStates(t *testing.T) {
	tests := []struct {
		from   models.ExceptionState
		action models.ExceptionAction
		want   models.ExceptionState // empty: refused
	}{
		{models.ExceptionNew, models.ActionAcknowledge, models.ExceptionAcknowledged},
		{models.ExceptionNew, models.ActionWait, ""},
		{models.ExceptionNew, models.ActionResolve, models.ExceptionResolved},
		{models.ExceptionAcknowledged, models.ActionAcknowledge, ""},
		{models.ExceptionAssigned, models.ActionAssign, models.ExceptionAssigned},
		{models.ExceptionInProgress, models.ActionAssign, models.ExceptionAssigned},
		{models.ExceptionInProgress, models.ActionWait, models.ExceptionWaiting},
		{models.ExceptionWaiting, models.ActionStart, models.ExceptionInProgress},
		{models.ExceptionResolved, models.ActionAcknowledge, ""},
		{models.ExceptionResolved, models.ActionResolve, ""},
		{models.ExceptionWaiting, models.ActionShelve, models.ExceptionWaiting},
		{models.ExceptionResolved, models.ActionShelve, ""},
		{models.ExceptionNew, "forget", ""},
	}
	for _, tt := range tests {
		got, ok := tt.from.After(tt.action)
		if ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("%s after %s = %s, %v; want %q", tt.from, tt.action, got, ok, tt.want)
		}
	}
}

// Whatever people do, an exception can always be resolved, and nobody leaves resolved.
func TestExceptionCanAlwaysBeResolved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state := models.ExceptionNew
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			allowed := state.Actions()
			if state == models.ExceptionResolved {
				if len(allowed) != 0 {
					t.Fatalf("resolved allows %v", allowed)
				}
				return
			}
			if !slices.Contains(allowed, models.ActionResolve) {
				t.Fatalf("%s cannot be resolved", state)
			}
			state, _ = state.After(rapid.SampledFrom(allowed).Draw(t, "action"))
		}
	})
}

func TestEveryKindHasAnOwnerAStageAndANextMove(t *testing.T) {
	seen := map[models.ExceptionCode]bool{}
	for _, k := range models.ExceptionKinds() {
		if seen[k.Code] {
			t.Errorf("%s is in the catalogue twice", k.Code)
		}
		seen[k.Code] = true
		if k.Name == "" || k.Cleared == "" || k.Team == "" || k.Stage == "" || len(k.Moves) == 0 {
			t.Errorf("%s lacks a name, team, stage or move: %+v", k.Code, k)
		}
	}
	if _, known := models.ExceptionCode("ZZZ-99").Kind(); known {
		t.Error("an unknown code is in the catalogue")
	}
}

func TestExceptionChangeNeedsWhatItsActionNeeds(t *testing.T) {
	ok := models.ExceptionChange{ID: 1, Version: 1, Action: models.ActionResolve, Actor: "ana", Note: "called them"}
	if err := ok.Validate(); err != nil {
		t.Fatalf("a full change is refused: %v", err)
	}
	for name, spoil := range map[string]func(*models.ExceptionChange){
		"no note":        func(c *models.ExceptionChange) { c.Note = "" },
		"no actor":       func(c *models.ExceptionChange) { c.Actor = "" },
		"unknown action": func(c *models.ExceptionChange) { c.Action = "shelve" },
	} {
		bad := ok
		spoil(&bad)
		if models.CodeOf(bad.Validate()) != models.CodeInvalid {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestWhatIsSuppressedIsTakenBackBeforeItIsWorkedOn(t *testing.T) {
	now := time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)
	until := now.Add(time.Hour)
	shelved := models.Exception{ID: 7, State: models.ExceptionAssigned, Priority: models.PriorityP3, ShelvedUntil: &until}
	urgent := shelved
	urgent.Priority = models.PriorityP1
	for name, tt := range map[string]struct {
		e      models.Exception
		at     time.Time
		state  models.ExceptionState
		action models.ExceptionAction
		want   string // of the refusal; empty when it is allowed
	}{
		"worked on":             {shelved, now, models.ExceptionSuppressed, models.ActionStart, "Exception 7 is suppressed until 9 Mar 09:00 UTC: take it back first."},
		"taken back":            {shelved, now, models.ExceptionSuppressed, models.ActionUnshelve, ""},
		"resolved":              {shelved, now, models.ExceptionSuppressed, models.ActionResolve, ""},
		"after its time":        {shelved, until, models.ExceptionAssigned, models.ActionStart, ""},
		"become most urgent":    {urgent, now, models.ExceptionAssigned, models.ActionStart, ""},
		"not suppressed at all": {models.Exception{ID: 7, State: models.ExceptionNew}, now, models.ExceptionNew, models.ActionUnshelve, "Exception 7 is not suppressed: there is nothing to take back."},
		"too early to wait":     {models.Exception{ID: 7, State: models.ExceptionNew}, now, models.ExceptionNew, models.ActionWait, "Exception 7 is new: wait is not possible from there, but acknowledge, assign, start, resolve."},
		"over":                  {models.Exception{ID: 7, State: models.ExceptionResolved, ShelvedUntil: &until}, now, models.ExceptionResolved, models.ActionAssign, "Exception 7 is resolved: only what it is about opens it again."},
	} {
		if got := tt.e.StateAt(tt.at); got != tt.state {
			t.Errorf("%s: it is %s, want %s", name, got, tt.state)
		}
		_, err := tt.e.After(tt.action, tt.at)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if said != tt.want || err != nil && models.CodeOf(err) != models.CodePrecondition {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
