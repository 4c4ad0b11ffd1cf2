package watch_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// A shelved kind is found as before: it opens, is counted, is carried to nobody,
// and speaks for itself when its time is over.
func TestAShelvedKindIsFoundAndCallsNobody(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	shelves := store.NewKindShelves(w.db, nil)
	shelf, err := shelves.Shelve(t.Context(), models.KindShelf{
		Code: models.ExceptionClockAhead, Source: "erp", DC: "MAN", Reason: "Its clock is set tonight.", Actor: "ivy", Since: w.now, Until: w.now.Add(20 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.ahead(24 * time.Hour)
	if out := w.sweep(); out.Opened == 0 || out.Shelved == 0 {
		t.Fatalf("the sweep made %+v", out)
	}
	find := func(f models.ExceptionFilter) *models.Exception {
		t.Helper()
		f.Codes = []models.ExceptionCode{models.ExceptionClockAhead}
		page, err := w.exceptions.Queue(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page.Rows {
			return &page.Rows[i]
		}
		return nil
	}
	if find(models.ExceptionFilter{}) != nil || find(models.ExceptionFilter{Shelved: true}) == nil {
		t.Fatal("it stands in the queue, or not on the shelf")
	}
	w.wait(19 * time.Hour)
	w.sweep()
	if e := find(models.ExceptionFilter{Shelved: true}); e == nil || e.Escalation != models.EscalatedNowhere {
		t.Errorf("on the shelf it was carried upward: %+v", e)
	}
	if got, err := shelves.Get(t.Context(), shelf.ID); err != nil || got.Held != 1 {
		t.Errorf("it held %d back (%v), want 1", got.Held, err)
	}
	w.wait(time.Hour)
	if out := w.sweep(); out.Returned != 1 {
		t.Errorf("the sweep after its end made %+v", out)
	}
	e := find(models.ExceptionFilter{})
	if e == nil || e.Escalation != models.EscalatedNowhere || e.AckDueAt.Before(w.now) {
		t.Errorf("when its kind returns it is %+v, want it in the queue with a clock of its own", e)
	}
}
