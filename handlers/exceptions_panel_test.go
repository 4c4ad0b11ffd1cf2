package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

// TestTheClockOfAnEscalatedExceptionStandsAlone reads it where the step of the
// escalation has a row of its own.
func TestTheClockOfAnEscalatedExceptionStandsAlone(t *testing.T) {
	w := newWorld(t)
	w.exception("API-01", "erp|LEE", "erp", "", "LEE", "", 1)
	w.exec(`UPDATE exceptions SET escalation = 1, escalated_at = $1`, w.now)
	p := w.SignIn(models.RoleIT).Get("/exceptions/" + w.text(`SELECT max(id)::text FROM exceptions WHERE title LIKE 'Title of%'`))
	clock := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(p.Find("dt:contains('Clock') + dd").Text()), "real time"))
	if !strings.HasSuffix(clock, " late") && !strings.HasSuffix(clock, " left") {
		t.Errorf("the clock says %q", clock)
	}
	if escalated := p.Find("dt:contains('Escalated') + dd").Text(); !strings.Contains(escalated, "to the ") {
		t.Errorf("whom it called is told as %q", escalated)
	}
}
