package watch_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/watch"
)

// tenOClock is a calendar in whose time zone it is ten now.
func (w *world) tenOClock() *models.Calendar {
	ofDay := w.now.Sub(w.now.Truncate(24 * time.Hour))
	return &models.Calendar{
		Zone: time.FixedZone("ten", int((10*time.Hour - ofDay).Seconds())), Days: [7]bool{true, true, true, true, true, true, true},
		Opens: 8 * time.Hour, Closes: 18 * time.Hour, Holidays: map[string]bool{},
	}
}

// silences lets an entity of a DC not be heard any more.
func (w *world) silences(entity, dc string) {
	w.sql(`CREATE RULE silence AS ON UPDATE TO freshness WHERE old.dc = '` + dc + `' AND old.entity = '` + entity + `' DO INSTEAD NOTHING`)
}

func (w *world) retune(calendar *models.Calendar, targets ...models.Target) {
	w.t.Helper()
	for i := range targets {
		targets[i].Calendar = calendar
	}
	if err := w.watch.Retune(watch.Windows{Targets: targets}, nil); err != nil {
		w.t.Fatal(err)
	}
}

// silent are the titles of what is called silent after a wait.
func (w *world) silent(wait time.Duration) []string {
	w.wait(wait)
	w.sweep()
	var titles []string
	for _, e := range w.open() {
		if e.Code == models.ExceptionSourceSilent {
			titles = append(titles, e.Title)
		}
	}
	return titles
}

func (w *world) wantSilent(when string, wait time.Duration, want ...string) {
	w.t.Helper()
	got := w.silent(wait)
	if len(got) != len(want) || len(want) == 1 && got[0] != want[0] {
		w.t.Errorf("%s: silent are %q, want %q", when, got, want)
	}
}

func TestATargetGivesItsDCMoreTimeThanTheSource(t *testing.T) {
	w := newWorld(t)
	w.silences("inventory", "MAN")
	w.retune(w.tenOClock(), models.Target{DC: "MAN", Entity: "inventory", Freshness: 10 * time.Minute}, models.Target{Freshness: time.Hour})
	w.wantSilent("within its target", 9*time.Minute)
	w.wantSilent("after it", 2*time.Minute, "No stock figures for MAN from erp")
}

func TestATargetWatchesWhatIsNotStock(t *testing.T) {
	w := newWorld(t)
	w.silences("receipt", "LON")
	w.retune(nil, models.Target{Entity: "receipt", Freshness: 5 * time.Minute})
	w.wantSilent("after its target", 6*time.Minute, "No receipt figures for LON from erp")
	w.sql(`INSERT INTO owners (entity, record, source) VALUES ('receipt', '', 'wms')`)
	w.wantSilent("when another source owns it", time.Second)
}

func TestNothingBecomesLateOutsideOfTheWorkingHours(t *testing.T) {
	w := newWorld(t)
	closes := w.tenOClock()
	closes.Closes = 10*time.Hour + 3*time.Minute
	w.silences("inventory", "MAN")
	w.retune(closes, models.Target{Entity: "inventory", Freshness: 5 * time.Minute})
	w.wantSilent("in the evening", 6*time.Hour)
	w.wantSilent("before its window has passed on the next day", 16*time.Hour+time.Minute)
	w.wantSilent("in the morning after", 2*time.Minute, "No stock figures for MAN from erp")
}

func TestASourceIsNotSilentWhileItsCalendarRests(t *testing.T) {
	w := newWorld(t)
	rests := w.tenOClock()
	for day := range 3 {
		rests.Holidays[w.now.In(rests.Zone).AddDate(0, 0, day).Format(time.DateOnly)] = true
	}
	w.sql(`UPDATE freshness SET source = 'gone' WHERE source = 'forecasting'`)
	if err := w.watch.Retune(watch.Windows{Calendars: map[string]*models.Calendar{"forecasting": rests}}, nil); err != nil {
		t.Fatal(err)
	}
	w.wantSilent("on a holiday", 10*time.Minute)
	w.retune(nil)
	w.wantSilent("on a working day", time.Second, "forecasting is silent")
}

func TestACutOffMakesLatenessCountBeforeIt(t *testing.T) {
	w := newWorld(t)
	calendar := w.tenOClock()
	calendar.CutOffs = []models.DayCutOff{{At: 10*time.Hour + 30*time.Minute, Ahead: 10 * time.Minute, Fresh: 5 * time.Minute}}
	w.silences("inventory", "MAN")
	w.retune(calendar, models.Target{Entity: "inventory", Freshness: 4 * time.Hour})
	w.wantSilent("long before the cut-off", 19*time.Minute)
	w.wantSilent("ahead of the cut-off", 2*time.Minute, "No stock figures for MAN from erp")
}

// late are the exceptions of a kind, by DC.
func (w *world) late(code models.ExceptionCode) map[string]int {
	late := map[string]int{}
	for _, e := range w.open() {
		if e.Code == code {
			late[e.Subject.DC]++
		}
	}
	return late
}

func TestAnApprovalIsDueInTheWorkingTimeOfItsDC(t *testing.T) {
	w := newWorld(t)
	w.retune(w.tenOClock(), models.Target{Entity: "replenishment", DC: "LON", Freshness: 24 * time.Hour, Followed: 9 * time.Hour})
	w.sweep() // the approval of the seed is for LON, and is promised with this look
	w.wait(8 * time.Hour)
	w.sweep()
	if late := w.late(models.ExceptionNotOrdered); late["LON"] != 0 {
		t.Errorf("an hour of working time is left, and %v are late", late)
	}
	w.wait(14*time.Hour + 30*time.Minute) // half an hour after it opens again
	w.sweep()
	if late := w.late(models.ExceptionNotOrdered); late["LON"] != 0 {
		t.Errorf("half an hour of working time is left, and %v are late", late)
	}
	w.wait(time.Hour)
	w.sweep()
	if late := w.late(models.ExceptionNotOrdered); late["LON"] != 1 {
		t.Errorf("after nine hours of working time %v are late", late)
	}
}

func TestARevisionIsToBeEvaluatedByTheTargetOfItsDC(t *testing.T) {
	w := newWorld(t)
	w.retune(nil, models.Target{Entity: "forecast", DC: "LON", Freshness: 240 * time.Hour, Followed: 2 * time.Hour})
	w.sql(`INSERT INTO forecast_revisions (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit, previous_quantity, quantity, material, published_at, received_at, applied_at, content_hash, seq)
		SELECT 'A1', dc, 5, 'run', 'm', '1', 'day', '2026-03-01', array_fill(20::numeric, '{40}'), 'EA', 50, 90, true, $1, $1, $1, gen_random_uuid(), 1 FROM locations`, w.now)
	for _, dc := range []string{"LON", "MAN"} {
		w.took(models.TypeForecastRevision, models.ForecastRevision{Item: "A1", DC: dc, Revision: 5})
	}
	w.sweep()
	w.wait(w.clock.Duration(3 * time.Hour))
	w.sweep()
	if late := w.late(models.ExceptionNoInfluence); late["LON"] != 1 || late["MAN"] != 0 {
		t.Errorf("after three hours %v are late, want the one of LON", late)
	}
}
