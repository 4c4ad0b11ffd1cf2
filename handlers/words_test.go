package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestASupplierWhoRefusesIsToldInASentence(t *testing.T) {
	w := newWorld(t)
	w.order("PO-77", 120, 120, 0)
	w.says(901, "PO-77", "rejected", "we make it no longer")
	if text := w.SignIn(models.RolePlanner).Get("/chain?q=PO-77").Find("#chain").Text(); !strings.Contains(text, "Supplier rejected it") {
		t.Errorf("the chain reads %q", text)
	}
}

func TestAnOrderIsResubmittedOnEveryPage(t *testing.T) {
	w := newWorld(t)
	w.desk(1)
	w.exec(`UPDATE erp_writes SET error = 'The supplier is blocked.'`)
	var id string
	if err := w.DB.Pool.QueryRow(t.Context(), `SELECT id::text FROM erp_writes`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	admin := w.SignIn(models.RoleAdmin)
	for _, path := range []string{"/writes/" + id, "/orders"} {
		if text := admin.Get(path).Find("#page").Text(); !strings.Contains(text, "Resubmit") || strings.Contains(text, "Send again") {
			t.Errorf("%s has another word: %s", path, text)
		}
	}
	if text := admin.Get("/writes/" + id).Find("#page").Text(); !strings.Contains(text, "no other order") {
		t.Errorf("the write counts orders of its cause: %s", text)
	}
}

// A table of five columns is read on a phone only when its rows fold.
func TestTheBasisFoldsOnAPhone(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	w.sell(41, 3)
	page := w.SignIn(models.RolePlanner).Get("/chain?q=R-1")
	tables := page.Find(".inset table")
	if tables.Length() != 2 || tables.Length() != page.Find(".inset table.table-fold").Length() {
		t.Errorf("%d tables of the basis, of which %d fold", tables.Length(), page.Find(".inset table.table-fold").Length())
	}
	if label := page.Find(".inset td[data-label='At basis']").Length(); label == 0 {
		t.Error("the figures of the basis are without their names")
	}
}
