package models_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

func TestABudgetBurnsAsFastAsEventsAreLate(t *testing.T) {
	b := models.ErrorBudget{Objective: models.Objective, Period: models.LateShare{Events: 10_000, Late: 50}}
	b.Burns[1] = models.LateShare{Events: 1_000, Late: 50}
	if got := b.Attained().String(); got != "0.995" {
		t.Errorf("attained %s", got)
	}
	if got := b.Left().String(); got != "0.5" { // 50 of the 100 that may be late
		t.Errorf("left %s", got)
	}
	if got := b.Burn(1).String(); got != "5" { // 5 % late where 1 % may be
		t.Errorf("burns %s times as fast as it may", got)
	}
	if got, will := b.Breach(); !will || got != 3*24*time.Hour { // half a budget at five times the rate: a tenth of 30 days
		t.Errorf("breached in %s, %v", got, will)
	}
	b.Burns[1].Late = 2
	if _, will := b.Breach(); will {
		t.Error("a rate that lasts longer than the period is called a breach")
	}
	b.Period.Late = 101
	if got, will := b.Breach(); !will || got != 0 {
		t.Errorf("a used up budget is breached in %s, %v", got, will)
	}
	b.Objective = decimal.New(98, -2)
	if got := b.Left().String(); got != "0.495" { // 101 of the 200 that may be late
		t.Errorf("left of a wider budget %s", got)
	}
	if none := (models.ErrorBudget{}); !none.Left().Equal(none.Attained()) || !none.Attained().IsPositive() {
		t.Error("where nothing happened something is missing")
	}
}

func TestBudgetsAddUpToWhatTheyAllowTogether(t *testing.T) {
	all := models.AllBudgets([]models.ErrorBudget{
		{Objective: decimal.New(99, -2), Period: models.LateShare{Events: 1_000, Late: 1}}, // 10 may be late
		{Objective: decimal.New(95, -2), Period: models.LateShare{Events: 400, Late: 14}},  // 20 may be late
	})
	if got := all.Left().Round(6).String(); got != "0.5" {
		t.Errorf("left %s of %+v", got, all)
	}
	if none := models.AllBudgets(nil); !none.Left().Equal(decimal.NewFromInt(1)) {
		t.Errorf("nothing leaves %s", none.Left())
	}
}

func TestLongerCountsWhatLiesBeyondADuration(t *testing.T) {
	var h models.Histogram
	h.AddN(time.Second, 7)
	h.AddN(6*time.Second, 2)
	h.AddN(time.Minute, 1)
	for d, want := range map[time.Duration]uint64{0: 10, 500 * time.Millisecond: 10, 2 * time.Second: 3, 10 * time.Second: 1, time.Hour: 0} {
		if got := h.Longer(d); got != want {
			t.Errorf("%d are longer than %s, want %d", got, d, want)
		}
	}
}
