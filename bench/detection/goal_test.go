package main

import (
	"testing"

	"throughline/models"
)

func TestARunThatMissesTheGoalFails(t *testing.T) {
	for name, tc := range map[string]struct {
		score   score
		reaches bool
	}{
		"nothing was broken":         {score{}, true},
		"all is found":               {score{injected: 90, found: 90, alarms: 90}, true},
		"what is hidden is no miss":  {score{injected: 91, found: 90, hidden: 1, alarms: 90}, true},
		"two of a hundred are false": {score{injected: 98, found: 98, alarms: 100, wrong: 2}, true},
		"three of a hundred are":     {score{injected: 97, found: 97, alarms: 100, wrong: 3}, false},
		"one is missed":              {score{injected: 91, found: 90, missed: 1, alarms: 90}, false},
	} {
		s := &scores{kinds: map[models.ExceptionCode]*score{models.ExceptionUnknownReference: &tc.score, models.ExceptionPoison: {}}}
		if err := s.reached(); (err == nil) != tc.reaches {
			t.Errorf("%s: %v", name, err)
		}
	}
}
