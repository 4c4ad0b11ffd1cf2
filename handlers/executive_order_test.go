package handlers_test

import (
	"strconv"
	"strings"
	"testing"

	"throughline/models"
	"throughline/models/store/storetest"
)

func TestWhatMakesAMeasureBadStandsFirst(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO milestones (kind, subject, item, dc, clock, opened_at, due_at, closed_at) SELECT 'ordered', 'R-' || n, '85123A', 'LEE', 'real',
		now() - interval '1 hour', now() - n * interval '1 minute', now() - n * interval '1 minute' + CASE n WHEN 40 THEN 1 ELSE -1 END * interval '30 seconds' FROM generate_series(1, 60) n`)
	page := w.SignIn(models.RoleExecutive).Get("/executive/sla-attainment")
	if first := page.Find("#measure tbody tr").First().Text(); !strings.Contains(first, "R-40") {
		t.Errorf("one of sixty was late, and the first row is %q", first)
	}
	if note := page.Find("#measure .card-note").Text(); note != "the most overdue first" {
		t.Errorf("the list says %q", note)
	}
}

func TestMostAtRiskLeadsToAllOfThem(t *testing.T) {
	w := newWorld(t)
	for n := range 12 {
		dc := []string{"LEE", "YRK"}[n%2]
		w.exception("BIZ-01", string(rune('a'+n)), "", "85123A", dc, "", 1)
	}
	w.exec(`UPDATE exceptions SET value_at_risk = 100 * id`)
	executive := w.SignIn(models.RoleExecutive)
	for path, least := range map[string]int{"/executive": 12, "/executive?dc=LEE": 6} {
		storetest.Eventually(t, "the way to all, with no sweep in between", func() bool {
			p := executive.Get(path)
			way := p.Find("#all-risks a")
			own := executive.Get(way.AttrOr("href", "")) // leads each reader to a queue of its own
			queue := executive.Get(own.Header.Get("Location")).Find("#queue tbody tr[id]")
			shown := strings.TrimPrefix(p.Find("[id^=risk-]").First().AttrOr("id", ""), "risk-")
			return queue.Length() >= least && way.Text() == "All "+strconv.Itoa(queue.Length())+" open exceptions by money at risk" && queue.First().AttrOr("id", "") == "exception-"+shown
		})
	}
}
