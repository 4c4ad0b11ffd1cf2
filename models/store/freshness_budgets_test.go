package store_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// TestFreshnessIsJudgedByWhatArrived has stock come every hour of a day, of which
// a window of 45 minutes leaves a quarter stale.
func TestFreshnessIsJudgedByWhatArrived(t *testing.T) {
	db := storetest.New(t)
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	var slots models.ArrivalSlots
	slots.Set(now)
	for hours := 1; hours <= 24; hours++ {
		seed(t, db, `INSERT INTO arrivals (hour, source, entity, dc, slots, events) VALUES ($1, 'erp', 'inventory', 'LON', $2, 1)`,
			now.Add(-time.Duration(hours)*time.Hour), pgtype.Bits{Bytes: slots[:], Len: 360, Valid: true})
	}
	targets := func() models.Targets {
		return models.Targets{{Name: "stock", Entity: "inventory", Freshness: 45 * time.Minute, Objective: decimal.New(75, -2)}}
	}
	age := models.EntityFreshness{DC: "LON", Entity: "inventory", Source: "erp", Owner: true}.Governed(targets(), nil)
	other := models.EntityFreshness{DC: "LON", Entity: "receipt", Source: "erp", Owner: true}
	copied := models.EntityFreshness{DC: "LON", Entity: "inventory", Source: "wms", Window: time.Hour}.Governed(targets(), nil)
	got, err := store.NewBudgets(db, targets).Freshness(t.Context(), []models.EntityFreshness{age, other, copied}, now)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	b := got[age.Key()]
	if b.Period != (models.LateShare{Events: 24*60 - 1, Late: 24*15 - 1}) || b.Entity != "inventory" || b.DC != "LON" || b.Target != 45*time.Minute {
		t.Errorf("%+v", b)
	}
	if b.Burns[0] != (models.LateShare{Events: 60, Late: 15}) || b.Burns[1] != (models.LateShare{Events: 360, Late: 90}) {
		t.Errorf("by window: %+v", b.Burns)
	}
	if b := got[copied.Key()]; !b.Objective.Equal(models.Objective) {
		t.Errorf("a source that the target does not govern has its objective, %s", b.Objective)
	}
	if left := b.Left().Round(2); !left.Equal(decimal.Zero) {
		t.Errorf("left %s of what may be stale", left)
	}
}

// TestSilenceThatIsOlderThanThePeriodUsesTheBudgetUp has one source silent for 31
// days, and another come back an hour ago.
func TestSilenceThatIsOlderThanThePeriodUsesTheBudgetUp(t *testing.T) {
	db := storetest.New(t)
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	var slots models.ArrivalSlots
	slots.Set(now)
	came := func(source string, ago time.Duration) {
		seed(t, db, `INSERT INTO arrivals (hour, source, entity, dc, slots, events) VALUES ($1, $2, 'inventory', 'LON', $3, 1)`,
			now.Add(-ago), source, pgtype.Bits{Bytes: slots[:], Len: 360, Valid: true})
	}
	const day = 24 * time.Hour
	came("silent", 40*day)
	came("silent", 31*day)
	came("back", 31*day)
	came("back", time.Hour)
	var ages []models.EntityFreshness
	for _, source := range []string{"silent", "back", "never"} {
		ages = append(ages, models.EntityFreshness{DC: "LON", Entity: "inventory", Source: source, Window: time.Hour})
	}
	got, err := store.NewBudgets(db, func() models.Targets { return nil }).Freshness(t.Context(), ages, now)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []models.LateShare{{Events: 30 * 24 * 60, Late: 30 * 24 * 60}, {Events: 30 * 24 * 60, Late: 30*24*60 - 60}, {}} {
		if b := got[ages[i].Key()]; b.Period != want {
			t.Errorf("%s: %+v, want %+v", ages[i].Source, b.Period, want)
		}
	}
}
