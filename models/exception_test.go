package models_test

import (
	"slices"
	"testing"

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
