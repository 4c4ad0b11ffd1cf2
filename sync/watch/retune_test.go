package watch_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/watch"
)

func TestOtherWindowsAndTeamsHoldFromTheNextLook(t *testing.T) {
	w := newWorld(t, func(c *watch.Config) { c.Windows.Waiting = time.Minute })
	w.sweep()
	w.unsettled("waiting", "TRF-03", "item:X")
	w.wait(12 * time.Second)
	w.sweep()
	if e := w.unknownReference(); e != nil {
		t.Fatalf("an event waits too long before its window of a minute has passed: %s", e.Title)
	}
	toPlanners := map[models.ExceptionCode]models.Team{models.ExceptionUnknownReference: models.TeamPlanner}
	if err := w.watch.Retune(watch.Windows{Waiting: 10 * time.Second}, toPlanners); err != nil {
		t.Fatal(err)
	}
	w.sweep()
	if e := w.unknownReference(); e == nil || e.Team != models.TeamPlanner {
		t.Errorf("want one unknown reference, with the planners:%s", briefly(w.open()))
	}
	if err := w.watch.Retune(watch.Windows{Ordered: -time.Minute}, nil); err == nil {
		t.Error("a negative window is taken over")
	}
}

func (w *world) unknownReference() *models.Exception {
	for _, e := range w.open() {
		if e.Code == models.ExceptionUnknownReference {
			return &e
		}
	}
	return nil
}
