package watch_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/watch"
)

func TestWhatAGapCausesIsItsValue(t *testing.T) {
	w := newWorld(t)
	w.order("PO-5", "C3", "", 120)
	w.confirm("PO-5", 40, "2026-03-12")
	w.sql(`UPDATE positions SET on_hand = 50 WHERE item = 'C3' AND dc = 'LON'`)
	w.sweep()
	var gap models.Exception
	for _, e := range w.open() {
		if e.Code == models.ExceptionConfirmationGap {
			gap = e
		}
	}
	// From Monday 9:12 to the 12th, 10 a day ask for 96.167; 50 are there, and
	// what was ordered would have come on the 6th. The margin is 3.
	if want := decimal.RequireFromString("138.5"); !gap.ValueAtRisk.Equal(want) {
		t.Errorf("value %s, want %s: %s", gap.ValueAtRisk, want, gap.Happened)
	}
	if friday := time.Date(2026, 3, 7, 9, 0, 0, 0, time.UTC); gap.ConsequenceAt == nil || !gap.ConsequenceAt.Equal(friday) {
		t.Errorf("runs out at %v, want %s", gap.ConsequenceAt, friday)
	}
}

func TestAFloodIsOneException(t *testing.T) {
	w := newWorld(t)
	w.sql(`INSERT INTO items SELECT 'X' || n, 'Mug', 'EA', 6, 6, 2, 5, 'GBP', 'C', 'S1', 1, gen_random_uuid(), 1, now() FROM generate_series(1, 12) n`)
	for n := range 12 {
		w.revision(fmt.Sprint("X", n+1), 5, 80)
	}
	w.sweep()
	w.wait(2*time.Minute + time.Second)
	w.sweep()
	open := w.open()
	if len(open) != 1 || open[0].Code != models.ExceptionNoInfluence || open[0].Subject.DC != "LON" || open[0].Occurrences != 12 {
		t.Fatalf("want one for the DC:%s", briefly(open))
	}
	if want := decimal.NewFromInt(12 * 30 * 3); !open[0].ValueAtRisk.Equal(want) {
		t.Errorf("value %s, want %s", open[0].ValueAtRisk, want)
	}
}

func TestAnUndeliveredRevisionIsITs(t *testing.T) {
	w := newWorld(t)
	w.sql(`INSERT INTO subscriptions (name, url, secret, types) VALUES ('engine', 'http://x', 's', $1)`, []string{string(models.TypeForecastRevision)})
	w.revision("A1", 5, 80)
	w.sweep()
	w.wait(2*time.Minute + time.Second)
	w.sweep()
	open := w.open()
	if len(open) != 1 || open[0].Team != models.TeamIT || open[0].AlsoTeam != models.TeamPlanner || open[0].Subject.Source != "engine" {
		t.Fatalf("want one of IT's:%s", briefly(open))
	}
	w.sql(`INSERT INTO delivered_versions VALUES ('engine', 'forecast', 'A1', 'LON', 5, now())`)
	w.sweep()
	if open = w.open(); len(open) != 1 || open[0].Team != models.TeamPlanner {
		t.Fatalf("once delivered it is the planner's:%s", briefly(open))
	}
}

func TestAnEvaluationThatComesFirstIsNoPromise(t *testing.T) {
	w := newWorld(t)
	w.evaluate("A1", 5)
	w.sweep()
	w.revision("A1", 5, 80)
	w.sweep()
	w.wait(2*time.Minute + time.Second)
	w.sweep()
	if open := w.open(); len(open) != 0 {
		t.Errorf("open:%s", briefly(open))
	}
}

func TestTheTowersOwnAbsenceBlamesNobody(t *testing.T) {
	w := newWorld(t)
	w.now = w.now.Add(time.Hour) // nothing ran, nothing was heard
	again, err := watch.New(watch.Config{DB: w.db, Clock: models.BusinessClock{Real: w.now, Business: dawn, Day: 2 * time.Minute}, Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(time.Second)
	if _, err := again.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, e := range w.open() {
		if e.Code == models.ExceptionSourceSilent || e.Code == models.ExceptionNotOrdered {
			t.Errorf("%s: %s", e.Code, e.Happened)
		}
	}
}

func TestTwoTowersSweepAsOne(t *testing.T) {
	w := newWorld(t)
	other, err := watch.New(watch.Config{DB: w.db, Clock: w.clock, Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	w.sql(`UPDATE positions SET on_hand = 9 WHERE item = 'A1' AND dc = 'MAN'`)
	w.wait(time.Second)
	var group sync.WaitGroup
	for _, tower := range []*watch.Watch{w.watch, other} {
		for range 5 {
			group.Go(func() {
				if _, err := tower.Sweep(context.WithoutCancel(t.Context())); err != nil {
					t.Errorf("sweep: %v", err)
				}
			})
		}
	}
	group.Wait()
	if open := w.open(); len(open) != 1 {
		t.Errorf("open:%s", briefly(open))
	}
}

func TestARecountThatDiffersOpensTheBooks(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	// Counters that agree with each other, but not with what was applied.
	w.sql(`UPDATE books_received SET received = received + 2`)
	w.sql(`UPDATE books_decided SET applied = applied + 2`)
	if err := w.watch.Recount(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.sweep()
	if open := w.open(); len(open) != 1 || open[0].Code != models.ExceptionBooksOff {
		t.Errorf("open:%s", briefly(open))
	}
	// One that has not counted yet knows what was found, and frees nothing.
	if _, err := w.process().Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if frozen, err := store.NewRetention(w.db, models.Retention{}).Frozen(t.Context()); err != nil || len(frozen) != 1 {
		t.Errorf("retention goes on beside a process that has just begun: %+v, %v", frozen, err)
	}
	w.sql(`UPDATE books_received SET received = received - 2`)
	w.sql(`UPDATE books_decided SET applied = applied - 2`)
	if err := w.watch.Recount(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.sweep()
	if open := w.open(); len(open) != 0 {
		t.Errorf("a recount that agrees leaves open:%s", briefly(open))
	}
}

// broken stands for a part of the database that cannot be read.
type broken struct{}

func (broken) Read(context.Context) (models.Books, error)             { return models.Books{}, errors.New("no") }
func (broken) Audit(context.Context) (models.Books, error)            { return models.Books{}, errors.New("no") }
func (broken) KeepRecount(context.Context, map[string]string) error   { return errors.New("no") }
func (broken) LastRecount(context.Context) (map[string]string, error) { return nil, errors.New("no") }

func TestADetectorThatFailsHidesNoOther(t *testing.T) {
	w := newWorld(t, func(c *watch.Config) { c.Books = broken{} })
	w.sql(`UPDATE positions SET on_hand = 9 WHERE item = 'A1' AND dc = 'MAN'`)
	w.wait(time.Second)
	if _, err := w.watch.Sweep(t.Context()); err == nil {
		t.Error("the failure was not told")
	}
	if open := w.open(); len(open) != 1 || open[0].Code != models.ExceptionStockout {
		t.Errorf("open:%s", briefly(open))
	}
}

func TestEveryCodeHasARunbook(t *testing.T) {
	books, err := watch.LoadRunbooks()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range models.ExceptionKinds() {
		sections := books.Runbook(kind.Code)
		if len(sections) != 8 || len(sections[3].Lines) < 2 {
			t.Errorf("%s: %d sections: %+v", kind.Code, len(sections), sections)
		}
	}
	if books.Runbook("ZZZ-99") != nil {
		t.Error("an unknown code has a runbook")
	}
}

// The sweep runs every few seconds for as long as the tower does: it must not
// cost more than a glance at 600 items in 6 DCs.
func BenchmarkSweep(b *testing.B) {
	w := newWorld(b)
	w.crowd()
	for b.Loop() {
		w.now = w.now.Add(time.Second)
		if _, err := w.watch.Sweep(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWhatNeedsNoResponseIsNoException holds that noise does not reach a queue.
func TestWhatNeedsNoResponseIsNoException(t *testing.T) {
	for name, disturb := range map[string]func(*world){
		"a shortage of less than a day's demand": func(w *world) {
			w.sql(`UPDATE positions SET on_hand = 45 WHERE item = 'A1' AND dc = 'MAN'`)
		},
		"a stale basis that leads to the same quantity": func(w *world) {
			w.sql(`INSERT INTO forecast_revisions (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit, previous_quantity, quantity, material, published_at, received_at, applied_at, content_hash, seq)
				VALUES ('B2', 'LON', 5, 'run', 'm', '1', 'day', '2026-03-01', array_fill(1::numeric, '{40}'), 'EA', 50, 52, true, $1, $1, $1, gen_random_uuid(), 1)`, w.now)
		},
		"two orders for two needs": func(w *world) {
			w.sql(`UPDATE recommendations SET basis = jsonb_build_object('open_supply_as_of', $1::timestamptz) WHERE recommendation = 'R2'`, w.now.Add(time.Second))
			w.wait(2 * time.Second)
			w.order("PO-9", "B2", "TL-R2", 60) // computed when PO-2 was known
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sweep()
			disturb(w)
			w.sweep()
			if open := w.open(); len(open) > 0 {
				t.Errorf("open:%s", briefly(open))
			}
		})
	}
}
