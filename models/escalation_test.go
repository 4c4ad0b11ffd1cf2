package models_test

import (
	"testing"
	"time"

	"throughline/models"
)

// What is handed on keeps as much working time as was left of it, in that of the other
// team; what is overdue stays so.
func TestWhatIsHandedOnKeepsTheTimeThatIsLeft(t *testing.T) {
	clocks := models.Escalations{Calendars: map[models.Team]*models.Calendar{models.TeamProcurement: london(t)}}
	friday := instant(t, "2026-11-27T17:00:00Z")
	due := friday.Add(4 * time.Hour)
	if got, want := clocks.HandedOn(models.TeamIT, models.TeamProcurement, models.PriorityP2, due, friday), instant(t, "2026-11-30T11:00:00Z"); !got.Equal(want) {
		t.Errorf("procurement has until %s, want %s", got, want)
	}
	if got := clocks.HandedOn(models.TeamProcurement, models.TeamIT, models.PriorityP2, instant(t, "2026-11-30T11:00:00Z"), friday); !got.Equal(due) {
		t.Errorf("IT has until %s, want %s", got, due)
	}
	late := friday.Add(-time.Hour)
	if got := clocks.HandedOn(models.TeamIT, models.TeamProcurement, models.PriorityP2, late, friday); !got.Equal(late) {
		t.Errorf("what is overdue has until %s", got)
	}
}

func TestWhoIsCalledIsSaidInWords(t *testing.T) {
	for to, want := range map[string]string{
		"": "the lead", "ben": "the lead ben", "role:it": "anyone with the role IT as the lead", "ben, role:it": "ben, anyone with the role IT as the lead",
	} {
		if said := models.CalledAs(models.EscalatedToLead, models.Exception{EscalatedTo: to}.Called()); said != want {
			t.Errorf("%q is said as %q, want %q", to, said, want)
		}
	}
}
