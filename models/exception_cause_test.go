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
