package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
)

func TestAnExceptionIsGivenToSomebodyWhoMayWorkOnIt(t *testing.T) {
	w := newWorld(t)
	w.exception("BIZ-03", "a", "", "85123A", "LEE", "", 1)
	w.exec(`UPDATE exceptions SET team = 'procurement'`)
	buyer, admin := w.SignIn(models.RoleProcurement), w.SignIn(models.RoleAdmin)
	w.SignIn(models.RoleIT)
	id := w.text(`SELECT id::text FROM exceptions WHERE title = 'Title of a'`)
	page, assign := buyer.Get("/exceptions/"+id), "/exceptions/"+id+"/assign"
	offered := squeezed(page, "#assign-"+id+" option")
	if !strings.Contains(offered, "test-admin") || strings.Contains(offered, "test-it") {
		t.Errorf("offered are %s", offered)
	}
	if p := submit(buyer, page, assign, "owner", "test-it"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("somebody without the queue is given it: %d", p.Status)
	}
	if p := submit(buyer, page, assign, "owner", "test-admin"); p.Status != http.StatusOK {
		t.Errorf("assigning is answered with %d: %s", p.Status, p.Text())
	}
	if row := squeezed(admin.Get("/exceptions/procurement?view=mine"), "#queue"); !strings.Contains(row, "Title of a") {
		t.Errorf("the new owner has %s", row)
	}
}
