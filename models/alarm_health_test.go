package models_test

import (
	"testing"
	"time"

	"throughline/models"
)

// called makes a call a number of seconds after noon.
func called(seconds int, key string, priority models.Priority, team models.Team) models.Call {
	return models.Call{
		At: noon.Add(time.Duration(seconds) * time.Second), Key: key, Code: models.ExceptionStockout, Team: team, Priority: priority, Exception: int64(seconds),
	}
}

func TestAlarmsAreCountedByPriorityAndPerson(t *testing.T) {
	calls := []models.Call{
		called(0, "a", models.PriorityP1, models.TeamIT), called(600, "b", models.PriorityP2, models.TeamIT),
		called(1200, "c", models.PriorityP3, models.TeamPlanner), called(1800, "d", models.PriorityP4, models.TeamPlanner),
	}
	h := models.JudgeAlarms(calls, map[models.Team]int{models.TeamIT: 2}, noon, noon.Add(2*time.Hour))
	if h.Calls != 4 || h.High != 1 || h.Medium != 1 || h.Low != 2 {
		t.Errorf("the mix is %d: %d, %d, %d", h.Calls, h.High, h.Medium, h.Low)
	}
	want := []models.TeamLoad{
		{Team: models.TeamPlanner, Calls: 2, PerHour: 1}, {Team: models.TeamProcurement}, {Team: models.TeamIT, People: 2, Calls: 2, PerHour: 0.5},
	}
	for i, load := range h.Teams {
		if load != want[i] {
			t.Errorf("the load is %+v, want %+v", load, want[i])
		}
	}
	if h.Floods != 0 || h.Flooded != 0 || len(h.Chattering) != 0 {
		t.Errorf("there is a flood or chatter: %+v", h)
	}
}

func TestAFloodBeginsWithMoreThanTenAndEndsBelowFive(t *testing.T) {
	var calls []models.Call
	for i := range 11 { // the eleventh comes at 100 s
		calls = append(calls, called(10*i, string(rune('a'+i)), models.PriorityP3, models.TeamIT))
	}
	h := models.JudgeAlarms(calls, nil, noon, noon.Add(10*time.Hour))
	// At 660 s those of 0 to 60 s are older than ten minutes: four are left.
	if lasted := time.Duration(h.Flooded * float64(10*time.Hour)).Round(time.Second); h.Floods != 1 || lasted != 560*time.Second {
		t.Errorf("%d floods of %s, want one of 560 s", h.Floods, lasted)
	}
	if h := models.JudgeAlarms(calls[:10], nil, noon, noon.Add(time.Hour)); h.Floods != 0 {
		t.Error("ten calls are a flood")
	}
	if h := models.JudgeAlarms(calls, nil, noon, noon.Add(2*time.Minute)); h.Floods != 1 || h.Flooded == 0 {
		t.Errorf("a flood that goes on is counted %d times, %f of the time", h.Floods, h.Flooded)
	}
}

func TestAConditionThatOpensThreeTimesInTenMinutesChatters(t *testing.T) {
	calls := []models.Call{
		called(0, "often", models.PriorityP3, models.TeamIT), called(10, "slow", models.PriorityP3, models.TeamIT),
		called(300, "often", models.PriorityP3, models.TeamIT), called(590, "often", models.PriorityP3, models.TeamIT),
		called(700, "slow", models.PriorityP3, models.TeamIT), called(1400, "slow", models.PriorityP3, models.TeamIT),
	}
	for i := range calls {
		calls[i].Title, calls[i].Source = "erp is silent", "erp"
	}
	h := models.JudgeAlarms(calls, nil, noon, noon.Add(time.Hour))
	if len(h.Chattering) == 1 && h.Chattering[0].Title != "ERP is silent" {
		t.Errorf("what chatters is called %q", h.Chattering[0].Title)
	}
	if len(h.Chattering) != 1 || h.Chattering[0].Calls != 3 || h.Chattering[0].Exception != 590 {
		t.Errorf("what chatters is %+v", h.Chattering)
	}
	if len(h.Kinds) != 1 || h.Kinds[0].Share != 1 {
		t.Errorf("the kinds are %+v", h.Kinds)
	}
}
