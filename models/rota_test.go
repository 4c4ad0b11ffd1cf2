package models_test

import (
	"testing"
	"time"

	"throughline/models"
)

func shift(t *testing.T, name, zone string, from, to int, days [7]bool, onDuty ...string) models.Shift {
	t.Helper()
	at, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return models.Shift{Name: name, Zone: at, Days: days, From: time.Duration(from) * time.Hour, To: time.Duration(to) * time.Hour, OnDuty: onDuty}
}

var (
	daily    = [7]bool{true, true, true, true, true, true, true}
	workdays = [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}
)

// TestWhoIsOnDuty looks at two shifts of London that overlap and a night in New
// York, around the days on which the clocks are changed.
func TestWhoIsOnDuty(t *testing.T) {
	rota := models.Rota{Shifts: []models.Shift{
		shift(t, "day", "Europe/London", 6, 14, workdays, "ann"), shift(t, "late", "Europe/London", 13, 22, workdays, "ben"),
		shift(t, "night", "America/New_York", 19, 2, daily, "role:it"),
	}}
	for _, tt := range []struct{ at, want string }{
		{"2026-03-06T05:59:00Z", "night until 02:00"},                 // Friday, midnight in New York
		{"2026-03-06T06:00:00Z", "day until 14:00 night until 02:00"}, // both, for an hour
		{"2026-03-06T07:00:00Z", "day until 14:00"},                   // New York has gone home
		{"2026-03-06T13:30:00Z", "day until 14:00 late until 22:00"},  // the handover
		{"2026-03-06T22:00:00Z", ""},                                  // nobody: New York begins at midnight UTC
		{"2026-03-07T10:00:00Z", ""},                                  // Saturday
		{"2026-03-09T06:00:00Z", "day until 14:00"},                   // New York's clocks went forward: its night ended at six UTC
		{"2026-03-27T06:00:00Z", "day until 14:00"},                   // Friday by winter time of London
		{"2026-03-30T05:00:00Z", "day until 14:00 night until 02:00"}, // Monday by summer time: six in London is five UTC
		{"2026-03-30T21:30:00Z", ""},                                  // half past ten in London, half past five in New York
		{"2026-10-26T05:30:00Z", "night until 02:00"},                 // London's clocks went back, New York's did not yet
		{"2026-11-01T06:30:00Z", "night until 02:00"},                 // Sunday: one hour comes twice in New York
		{"2026-11-01T07:00:00Z", ""},                                  // its second two o'clock is past
	} {
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, duty := range rota.At(at) {
			if got != "" {
				got += " "
			}
			got += duty.Shift + " until " + duty.Until.Format("15:04")
		}
		if got != tt.want {
			t.Errorf("at %s: %q, want %q", tt.at, got, tt.want)
		}
	}
}

func TestTheGapsOfARota(t *testing.T) {
	rota := models.Rota{Shifts: []models.Shift{shift(t, "day", "Europe/London", 6, 18, workdays, "ann"), shift(t, "night", "Europe/London", 18, 6, workdays, "ben")}}
	monday := time.Date(2026, 3, 23, 12, 0, 0, 0, time.UTC)
	gaps := rota.Gaps(monday)
	if len(gaps) != 1 || !gaps[0].From.Equal(time.Date(2026, 3, 28, 6, 0, 0, 0, time.UTC)) || !gaps[0].To.Equal(time.Date(2026, 3, 30, 5, 0, 0, 0, time.UTC)) {
		t.Errorf("over the weekend on which the clocks go forward: %v", gaps)
	}
	if next, found := rota.Next(gaps[0].From); !found || !next.Equal(gaps[0].To) {
		t.Errorf("somebody is there again at %s, %v", next, found)
	}
	around := models.Rota{Shifts: []models.Shift{shift(t, "day", "Europe/London", 6, 18, daily, "ann"), shift(t, "night", "Europe/London", 18, 6, daily, "ben")}}
	if gaps := around.Gaps(monday); len(gaps) != 0 {
		t.Errorf("around the clock: %v", gaps)
	}
}

func TestAnEscalationCallsWhoIsOnDuty(t *testing.T) {
	late := shift(t, "late", "Europe/London", 13, 22, workdays, "ben", "ann")
	to := models.Escalations{
		Lead: map[models.Team]string{models.TeamIT: "lea", models.TeamPlanner: "pia", models.TeamProcurement: "role:it"}, Executive: "eve",
		Rotas: map[models.Team]models.Rota{models.TeamIT: {Outside: "role:admin", Shifts: []models.Shift{shift(t, "day", "Europe/London", 6, 14, workdays, "ann"), late}}},
	}
	handover, night := time.Date(2026, 7, 6, 12, 30, 0, 0, time.UTC), time.Date(2026, 7, 6, 23, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		level    models.EscalationLevel
		team     models.Team
		priority models.Priority
		at       time.Time
		want     string
	}{
		"two shifts overlap":    {models.EscalatedToLead, models.TeamIT, models.PriorityP2, handover, "ann, ben, on duty until 14:00 Europe/London and until 22:00 Europe/London"},
		"a P1 at night":         {models.EscalatedToDuty, models.TeamIT, models.PriorityP1, night, "anyone with the role Administrator, since nobody is on duty"},
		"a P2 at night":         {models.EscalatedToLead, models.TeamIT, models.PriorityP2, night, "the lead lea"},
		"the executive":         {models.EscalatedToExecutive, models.TeamIT, models.PriorityP1, handover, "the executive eve"},
		"a team without a rota": {models.EscalatedToLead, models.TeamPlanner, models.PriorityP1, night, "the lead pia"},
		"a role leads":          {models.EscalatedToLead, models.TeamProcurement, models.PriorityP2, night, "anyone with the role IT as the lead"},
		"nobody is named":       {models.EscalatedToDuty, models.TeamPlanner, models.PriorityP1, night, "the duty manager"},
	} {
		if call := to.Whom(tt.level, tt.team, tt.priority, tt.at); call.Said != tt.want {
			t.Errorf("%s: %q, want %q", name, call.Said, tt.want)
		}
	}
	if names := to.Names(); len(names) != 5 {
		t.Errorf("accounts are %v", names)
	}
}
