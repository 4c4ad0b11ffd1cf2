package models_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"throughline/models"
)

func TestPriorityOfFollowsTheMatrix(t *testing.T) {
	left := func(d time.Duration) *time.Duration { return &d }
	tests := []struct {
		consequence models.Consequence
		left        *time.Duration
		want        models.Priority
	}{
		{models.ConsequenceStop, left(4*time.Hour - 1), models.PriorityP1},
		{models.ConsequenceStop, left(4 * time.Hour), models.PriorityP1},
		{models.ConsequenceStop, left(24 * time.Hour), models.PriorityP2},
		{models.ConsequenceStop, nil, models.PriorityP2},
		{models.ConsequenceSerious, left(-time.Hour), models.PriorityP1},
		{models.ConsequenceSerious, left(4 * time.Hour), models.PriorityP2},
		{models.ConsequenceSerious, left(24 * time.Hour), models.PriorityP2},
		{models.ConsequenceSerious, left(5 * 24 * time.Hour), models.PriorityP3},
		{models.ConsequenceEffect, left(0), models.PriorityP2},
		{models.ConsequenceEffect, left(24*time.Hour - 1), models.PriorityP3},
		{models.ConsequenceEffect, left(5*24*time.Hour - 1), models.PriorityP3},
		{models.ConsequenceEffect, nil, models.PriorityP4},
		{models.ConsequenceNuisance, left(time.Hour), models.PriorityP3},
		{models.ConsequenceNuisance, left(23 * time.Hour), models.PriorityP4},
		{models.ConsequenceNuisance, left(25 * time.Hour), models.PriorityP4},
		{models.ConsequenceNuisance, nil, models.PriorityLog},
		{"C9", left(0), models.PriorityLog},
	}
	for _, tt := range tests {
		if got := models.PriorityOf(tt.consequence, tt.left); got != tt.want {
			t.Errorf("PriorityOf(%s, %v) = %s, want %s", tt.consequence, tt.left, got, tt.want)
		}
	}
}

func TestAssessTakesTheLargestConsequence(t *testing.T) {
	tests := []struct {
		name string
		risk models.Risk
		want models.Consequence
	}{
		{"nothing known", models.Risk{}, models.ConsequenceNuisance},
		{"below V3", models.Risk{Value: decimal.New(99999, -2)}, models.ConsequenceNuisance},
		{"V3", models.Risk{Value: decimal.New(1, 3)}, models.ConsequenceEffect},
		{"V2", models.Risk{Value: decimal.New(10, 3)}, models.ConsequenceSerious},
		{"V1", models.Risk{Value: decimal.New(50, 3)}, models.ConsequenceStop},
		{"a C item runs out", models.Risk{Stockout: true, Class: "C"}, models.ConsequenceEffect},
		{"an A item runs out", models.Risk{Stockout: true, Class: "A"}, models.ConsequenceSerious},
		{"an A item runs out, much at risk", models.Risk{Stockout: true, Class: "A", Value: decimal.New(60, 3)}, models.ConsequenceStop},
		{"an A item that does not run out", models.Risk{Class: "A"}, models.ConsequenceNuisance},
		{"a DC stops", models.Risk{ServiceStop: true}, models.ConsequenceStop},
		{"a wrong order", models.Risk{WrongOrder: true}, models.ConsequenceStop},
		{"the catalogue's floor", models.Risk{AtLeast: models.ConsequenceSerious}, models.ConsequenceSerious},
		{"the floor is no ceiling", models.Risk{AtLeast: models.ConsequenceEffect, Stockout: true, Class: "A"}, models.ConsequenceSerious},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := models.DefaultThresholds().Assess(tt.risk, time.Now())
			if got.Consequence != tt.want {
				t.Errorf("got %s (%s), want %s", got.Consequence, got.Why, tt.want)
			}
		})
	}
}

// More at risk or less time never makes an exception less urgent.
func TestAssessIsMonotone(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		at := now.Add(time.Duration(rapid.IntRange(-48, 240).Draw(t, "hours")) * time.Hour)
		sooner := at.Add(-time.Duration(rapid.IntRange(0, 100).Draw(t, "sooner")) * time.Hour)
		value := decimal.New(rapid.Int64Range(0, 100_000).Draw(t, "value"), 0)
		more := value.Add(decimal.New(rapid.Int64Range(0, 100_000).Draw(t, "more"), 0))
		class := rapid.SampledFrom([]string{"A", "B", "C", ""}).Draw(t, "class")
		stockout := rapid.Bool().Draw(t, "stockout")
		mild := models.DefaultThresholds().Assess(models.Risk{Value: value, At: &at, Class: class, Stockout: stockout}, now)
		grave := models.DefaultThresholds().Assess(models.Risk{Value: more, At: &sooner, Class: class, Stockout: stockout}, now)
		if mild.Priority.MoreUrgent(grave.Priority) {
			t.Fatalf("%s became %s with more at risk or less time", mild.Why, grave.Why)
		}
	})
}

func TestThresholdsValidate(t *testing.T) {
	if err := models.DefaultThresholds().Validate(); err != nil {
		t.Fatalf("the defaults are refused: %v", err)
	}
	wrong := models.DefaultThresholds()
	wrong.V2 = wrong.V1
	if models.CodeOf(wrong.Validate()) != models.CodeInvalid {
		t.Error("thresholds that do not fall were accepted")
	}
}
