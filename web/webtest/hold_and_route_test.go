package webtest_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
)

func TestAParkedEventIsHeldAndReleased(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	hidden(t, it.Get("/parked"), "#held-events")
	if p := it.Post("/events/13/hold", because("The warehouse counts", "for", "73h")); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a hold of 73 h: %d", p.Status)
	}
	if p := w.SignIn(models.RolePlanner).Post("/events/13/hold", because("The warehouse counts", "for", "2h")); p.Status != http.StatusForbidden {
		t.Errorf("a planner holds an event: %d", p.Status)
	}
	it.Post("/events/13/hold", because("The warehouse counts", "for", "2h"))
	p := it.Get("/events/13")
	see(t, p, ".notice", "Held by test-it until")
	see(t, p, ".notice", "The warehouse counts")
	see(t, p, ".btn", "Release")
	hidden(t, p, "#retry-event, #discard-event")
	see(t, it.Get("/parked"), "#held-13", "test-it")
	see(t, it.Get("/parked"), "#held-13", "The warehouse counts")
	see(t, it.Get("/events/13/edit"), ".notice-error", "Release it first")
	it.Post("/parked/"+twiceGroup+"/discard", because("Sent twice.", "state", "parked", "up_to", "14"))
	if left := value(t, w, `SELECT string_agg(seq::text, ' ' ORDER BY seq) FROM unsettled_events WHERE fingerprint = '`+twiceGroup+`'`); left != "13 15 16" {
		t.Errorf("%s are left of the group", left)
	}
	it.Post("/events/13/release", because("It was counted."))
	see(t, it.Get("/events/13"), "#discard-event", "Discard event 13?")
	if n := value(t, w, `SELECT string_agg(action, ' ' ORDER BY id) FROM audit WHERE subject = 'event:13' AND actor = 'test-it'`); n != "event.hold event.release" {
		t.Errorf("the audit trail has %s", n)
	}
}

func TestAParkedEventIsRoutedToAnotherTeam(t *testing.T) {
	w := integrationDesk(t)
	it, buyer := w.SignIn(models.RoleIT), w.SignIn(models.RoleProcurement)
	if queue := buyer.Get("/exceptions/procurement").Find("#queue").Text(); strings.Contains(queue, "used one event id for two contents") {
		t.Errorf("procurement has what nobody gave it: %s", queue)
	}
	if p := it.Post("/events/13/route", because("Ask the supplier.", "to", "person:nobody")); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("nobody is given the event: %d", p.Status)
	}
	if p := it.Post("/events/13/route", because("Which of both did you order?", "to", "team:procurement")); p.Status >= http.StatusBadRequest {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	// A sweep that came first has called it in its own words.
	id := value(t, w, `SELECT id::text FROM exceptions WHERE fingerprint = '`+twiceGroup+`' AND state <> 'resolved'`)
	title := models.NameSource(value(t, w, `SELECT title FROM exceptions WHERE id = `+id), "erp")
	see(t, buyer.Get("/exceptions/procurement"), "#queue", title)
	see(t, buyer.Get("/exceptions/"+id), "main", "Which of both did you order?")
	see(t, buyer.Get("/exceptions/"+id), "main", "to Procurement")
	see(t, it.Get("/events/13"), "#failure", "Procurement")
	if p := it.Post("/events/14/route", because("You know this item.", "to", "person:test-procurement")); p.Status >= http.StatusBadRequest {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	see(t, buyer.Get("/exceptions/procurement?view=mine"), "#queue", title)
	// A row that did not change is stamped once a minute.
	if _, err := w.DB.Pool.Exec(t.Context(), `UPDATE exceptions SET last_seen_at = last_seen_at - interval '2 minutes' WHERE id = `+id); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the next sweep", func() bool {
		return value(t, w, `SELECT count(*)::text FROM exceptions WHERE id = `+id+` AND last_seen_at > opened_at AND routed_team = 'procurement' AND owner = 'test-procurement'`) == "1"
	})
	if _, err := w.DB.Pool.Exec(t.Context(), `UPDATE unsettled_events SET fingerprint = gen_random_uuid(), code = 'TRF-06' WHERE seq = 16`); err != nil {
		t.Fatal(err)
	}
	it.Post("/events/16/route", because("Is this one right?", "to", "team:planner")) // before any sweep has seen its cause
	see(t, w.SignIn(models.RolePlanner).Get("/exceptions/planning"), "#queue", "cannot be applied")
	if n := value(t, w, `SELECT count(*)::text FROM audit WHERE action = 'exception.route' AND actor = 'test-it'`); n != "3" {
		t.Errorf("%s audit rows", n)
	}
}
