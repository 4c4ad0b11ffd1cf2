package watch_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// calledSilent is the exception about the ERP as a whole, after a wait in which
// it is not heard.
func (w *world) calledSilent(wait time.Duration) *models.Exception {
	w.t.Helper()
	w.now = w.now.Add(wait)
	if _, err := w.watch.Sweep(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	for _, e := range w.open() {
		if e.Code == models.ExceptionSourceSilent && e.Subject.Source == "erp" && e.Subject.DC == "" {
			return &e
		}
	}
	return nil
}

func TestASourceThatSendsNothingOfUseIsUnhealthy(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	w.sql(`UPDATE books_received SET received = received + 5, duplicate = duplicate + 7 WHERE source = 'erp'`)
	w.sql(`UPDATE books_decided SET superseded = superseded + 2, parked = parked + 3 WHERE source = 'erp'`)
	e := w.calledSilent(20 * time.Second)
	if e == nil || e.Title != "erp sends, but nothing of it is useful" ||
		!strings.Contains(e.Happened, "sent 12 events since its last useful row") || !strings.Contains(e.Happened, "7 repeated, 2 superseded, 3 parked, 0 held") {
		t.Fatalf("open are:%s", briefly(w.open()))
	}
	w.sweep() // every source is heard
	if e := w.calledSilent(0); e != nil {
		t.Fatalf("it is called silent after a useful row: %s", e.Happened)
	}
	if e := w.calledSilent(20 * time.Second); e == nil || e.Title != "erp is silent" || strings.Contains(e.Happened, "sent") {
		t.Errorf("what came before its last useful row is held against it:%s", briefly(w.open()))
	}
}
