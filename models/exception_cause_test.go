package models_test

import (
	"testing"
	"time"

	"throughline/models"
)

// A difference of stock follows from a total of stock that is short, and from no other total.
func TestADifferenceFollowsFromATotalOfStockAlone(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	drift := models.OpenCondition{ID: 1, Code: models.ExceptionDrift, Source: "erp", Through: "erp", DC: "LON", Priority: models.PriorityP3, OpenedAt: now}
	total := models.OpenCondition{ID: 2, Code: models.ExceptionIncomplete, Source: "erp", Priority: models.PriorityP2, OpenedAt: now}
	if causes := models.Follows([]models.OpenCondition{drift, total}, now); len(causes) != 0 {
		t.Errorf("it follows from a total of something else: %v", causes)
	}
	total.Through = "erp"
	if causes := models.Follows([]models.OpenCondition{drift, total}, now); causes[1] != 2 {
		t.Errorf("it does not follow from a total of stock: %v", causes)
	}
}

// One system may be source and target, and a code may tell of trouble either way.
func TestWhatIsStoppedFollowsFromWhatStopsItsWay(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		effect, cause models.ExceptionCode
		key           string
		follows       bool
	}{
		{models.ExceptionNotOrdered, models.ExceptionRateLimited, "source|erp|tlk_aaaaaa", false},
		{models.ExceptionNotOrdered, models.ExceptionRateLimited, "erp|erp", true},
		{models.ExceptionNotOrdered, models.ExceptionAccess, "erp|tlk_aaaaaa", false},
		{models.ExceptionNotOrdered, models.ExceptionAccess, "erp|erp", true},
		{models.ExceptionNoInfluence, models.ExceptionRateLimited, "source|erp|tlk_aaaaaa", false},
		{models.ExceptionNoInfluence, models.ExceptionRateLimited, "route|erp", true},
		{models.ExceptionStuckDrift, models.ExceptionAccess, "refused|erp|tlk_aaaaaa|revoked", false},
		{models.ExceptionStuckDrift, models.ExceptionAccess, "route|erp", true},
		{models.ExceptionSourceSilent, models.ExceptionRateLimited, "erp|erp", false},
		{models.ExceptionSourceSilent, models.ExceptionRateLimited, "source|erp|tlk_aaaaaa", true},
		{models.ExceptionSourceSilent, models.ExceptionAccess, "route|erp", false},
		{models.ExceptionSourceSilent, models.ExceptionAccess, "erp|tlk_aaaaaa", false},
		{models.ExceptionSourceSilent, models.ExceptionAccess, "calls|erp|tlk_aaaaaa|forbidden", false},
		{models.ExceptionSourceSilent, models.ExceptionAccess, "refused|erp|tlk_aaaaaa", true},
	} {
		open := []models.OpenCondition{
			{ID: 1, Code: c.effect, Source: "erp", Priority: models.PriorityP1, OpenedAt: now},
			{ID: 2, Code: c.cause, Key: c.key, Source: "erp", Priority: models.PriorityP1, OpenedAt: now},
		}
		if follows := models.Follows(open, now)[1] == 2; follows != c.follows {
			t.Errorf("%s follows from %s of %s: %v", c.effect, c.cause, c.key, follows)
		}
	}
}
