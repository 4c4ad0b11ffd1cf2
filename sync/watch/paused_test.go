package watch_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
)

func TestASilenceThatSomebodyAskedForCallsNobody(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	w.sql(`INSERT INTO pauses (kind, name, reason, actor, since, ends) VALUES ('source', 'erp', 'upgrade', 'ivy', $1, $2)`, w.now, w.now.Add(time.Minute))
	e := w.calledSilent(40 * time.Second)
	if e == nil || e.Priority != models.PriorityP4 || e.Title != "erp is silent (paused)" || !strings.Contains(e.Happened, "It was paused by ivy until ") {
		t.Fatalf("open are:%s", briefly(w.open()))
	}
	if e := w.calledSilent(30 * time.Second); e != nil {
		t.Errorf("10 s after the pause open are:%s", briefly(w.open()))
	}
	if e := w.calledSilent(20 * time.Second); e == nil || e.Priority == models.PriorityP4 || strings.Contains(e.Happened, "paused") {
		t.Errorf("30 s after the pause open are:%s", briefly(w.open()))
	}
}

// What was kept out by a pause has its whole window once that is over.
func TestATargetCountsAnewAfterAPause(t *testing.T) {
	for kind, name := range map[models.PauseKind]string{models.PauseSource: "erp", models.PauseFlow: "erp:inventory"} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			w.silences("inventory", "MAN")
			w.retune(nil, models.Target{DC: "MAN", Entity: "inventory", Freshness: 10 * time.Minute}, models.Target{Freshness: time.Hour})
			w.sql(`INSERT INTO pauses (kind, name, reason, actor, since, ends) VALUES ($1, $2, 'upgrade', 'ivy', $3, $4)`, kind, name, w.now, w.now.Add(20*time.Minute))
			w.wantSilent("in the pause", 12*time.Minute, "No stock figures for MAN from erp (paused)")
			w.wantSilent("within its target after the pause", 17*time.Minute)
			w.wantSilent("after that", 2*time.Minute, "No stock figures for MAN from erp")
		})
	}
}

// A source that fell silent before its pause has not been heard because of it.
func TestTheEndOfAPauseClosesNoSilenceThatBeganBefore(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	before := w.calledSilent(40 * time.Second)
	if before == nil || before.Priority == models.PriorityP4 {
		t.Fatalf("open are:%s", briefly(w.open()))
	}
	w.sql(`INSERT INTO pauses (kind, name, reason, actor, since, ends) VALUES ('source', 'erp', 'a repair', 'ivy', $1, $2)`, w.now, w.now.Add(time.Minute))
	if e := w.calledSilent(40 * time.Second); e == nil || e.ID != before.ID || e.Title != "erp is silent (paused)" {
		t.Errorf("in the pause open are:%s", briefly(w.open()))
	}
	if e := w.calledSilent(21 * time.Second); e == nil || e.ID != before.ID || e.Title != "erp is silent" {
		t.Errorf("a second after the pause open are:%s", briefly(w.open()))
	}
}

func TestASecondPauseGoesOnWithTheFirst(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	for range 2 {
		w.sql(`INSERT INTO pauses (kind, name, reason, actor, since, ends) VALUES ('source', 'erp', 'upgrade', 'ivy', $1, $2)`, w.now, w.now.Add(time.Minute))
		w.now = w.now.Add(70 * time.Second)
	}
	if e := w.calledSilent(time.Second); e != nil {
		t.Errorf("11 s after the second pause open are:%s", briefly(w.open()))
	}
}

func TestAPauseOfAllThatASourceSendsCalmsTheSource(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	w.sql(`INSERT INTO pauses (kind, name, reason, actor, since, ends) VALUES ('flow', 'forecasting:forecast', 'upgrade', 'ivy', $1, $2)`, w.now, w.now.Add(time.Hour))
	w.sql(`CREATE RULE silence AS ON UPDATE TO freshness WHERE old.source = 'forecasting' DO INSTEAD NOTHING`)
	w.wantSilent("in the pause", 30*time.Minute, "forecasting is silent (paused)")
	w.wantSilent("within its window after the pause", 35*time.Minute)
	w.wantSilent("after that", 30*time.Minute, "forecasting is silent")
}

// A maintenance window that lies ahead calms nothing yet; while it lasts, silence
// calls nobody.
func TestASilenceInAPlannedPauseCallsNobody(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	w.sql(`INSERT INTO pauses (kind, name, reason, actor, since, ends) VALUES ('source', 'erp', 'upgrade', 'ivy', $1, $2)`, w.now.Add(time.Minute), w.now.Add(2*time.Minute))
	if e := w.calledSilent(40 * time.Second); e == nil || e.Priority == models.PriorityP4 || strings.Contains(e.Happened, "paused") {
		t.Errorf("before the pause open are:%s", briefly(w.open()))
	}
	if e := w.calledSilent(40 * time.Second); e == nil || e.Priority != models.PriorityP4 || e.Title != "erp is silent (paused)" {
		t.Errorf("in the pause open are:%s", briefly(w.open()))
	}
}

func TestASilenceOfAPausedFlowCallsNobody(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	w.wait(20 * time.Second)
	w.sql(`INSERT INTO pauses (kind, name, reason, actor, since) VALUES ('flow', 'erp:inventory', 'a count', 'ivy', $1)`, w.now)
	w.sql(`CREATE RULE silence AS ON UPDATE TO freshness WHERE old.entity = 'inventory' AND old.source = 'erp' DO INSTEAD NOTHING`)
	w.wait(20 * time.Second)
	w.sweep()
	open := w.open()
	if len(open) == 0 {
		t.Fatal("the silence is not told")
	}
	for _, e := range open {
		if e.Code != models.ExceptionSourceSilent || e.Priority != models.PriorityP4 || !strings.HasSuffix(e.Title, "(paused)") {
			t.Errorf("open is %s", briefly([]models.Exception{e}))
		}
	}
}

func TestOrdersThatWaitForTheEndOfAPauseAreNoExceptionUnlessTheyMissTheirTime(t *testing.T) {
	w := newWorld(t)
	unordered := func() (found string) {
		for _, e := range w.open() {
			if e.Code == models.ExceptionNotOrdered {
				found = e.Subject.Recommendation
			}
		}
		return found
	}
	w.sql(`INSERT INTO pauses (kind, name, reason, actor, since, ends) VALUES ('target', 'erp', 'upgrade', 'ivy', $1, $2)`, w.now, w.now.Add(time.Hour))
	w.sql(`UPDATE recommendations SET order_by = '2026-04-01 16:00Z'`)
	w.wait(200 * time.Second)
	w.sweep()
	if id := unordered(); id != "" {
		t.Errorf("%s is an exception while orders are paused", id)
	}
	w.sql(`UPDATE recommendations SET order_by = '2026-03-02 16:00Z'`)
	w.sweep()
	if id := unordered(); id != "R3" {
		t.Errorf("an order that misses its time behind a pause is not told: %q", id)
	}
	w.sql(`UPDATE recommendations SET order_by = '2026-04-01 16:00Z'`)
	w.sql(`DELETE FROM pauses`)
	w.sweep()
	if id := unordered(); id != "R3" {
		t.Errorf("after the pause %q is told", id)
	}
}
