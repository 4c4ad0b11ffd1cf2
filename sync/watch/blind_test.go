package watch_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/watch"
)

// countdown is cancelled once it was asked so many times whether it is.
type countdown struct {
	context.Context //nolint:containedctx // it is one itself
	left            int
	cancel          context.CancelFunc
}

func (c *countdown) Value(key any) any {
	if c.left--; c.left == 0 {
		c.cancel()
	}
	return c.Context.Value(key)
}

// TestAShutdownIsNoLookThatFails ends the sweep at many of its moments.
func TestAShutdownIsNoLookThatFails(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t, func(c *watch.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	w.sweep()
	log.Reset()
	ended := 0
	for left := 1; left < 400; left += 7 {
		ctx, cancel := context.WithCancel(t.Context())
		if err := w.watch.SweepDue(&countdown{ctx, left, cancel}); err != nil {
			ended++
		}
		cancel()
	}
	if ended == 0 || log.Len() > 0 {
		t.Errorf("%d sweeps ended, and the log says %s", ended, log.String())
	}
	if w.sweep(); len(w.open()) > 0 {
		t.Errorf("open:%s", briefly(w.open()))
	}
}

// misled is a process that finds other tables in the place of those of their names.
func (w *world) misled(tables string, options ...func(*watch.Config)) *watch.Watch {
	w.t.Helper()
	w.sql(`CREATE SCHEMA misled ` + tables)
	db, err := store.Open(w.t.Context(), store.Config{DSN: w.db.Pool.Config().ConnString() + "&search_path=misled,pg_catalog,public", MaxConnections: 2})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(db.Close)
	return w.process(append(options, func(c *watch.Config) { c.DB = db })...)
}

// TestOneOfTwoProcessesThatCannotLookBlindsNobody runs two watches on one
// database, of which one finds another table in the place of the control totals.
func TestOneOfTwoProcessesThatCannotLookBlindsNobody(t *testing.T) {
	w := newWorld(t)
	misled := w.misled(`CREATE TABLE control_totals (nothing int)`)
	sweeps := func(processes ...*watch.Watch) (blinds int) {
		t.Helper()
		for range 12 { // two minutes
			w.wait(10 * time.Second)
			for _, p := range processes {
				if err := p.SweepDue(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			blinds += len(w.kind(models.ExceptionTowerUnwell))
		}
		return blinds
	}
	if n := sweeps(misled, w.watch); n != 0 {
		t.Errorf("PLT-03 stood after %d sweeps while the other process looks", n)
	}
	if n := sweeps(misled); n == 0 || len(w.kind(models.ExceptionTowerUnwell)) != 1 {
		t.Errorf("PLT-03 stood after %d sweeps and stands %d times with nobody left who can look", n, len(w.kind(models.ExceptionTowerUnwell)))
	}
	w.watch = w.process() // the other one comes back
	if w.sweep(); len(w.kind(models.ExceptionTowerUnwell)) != 1 {
		t.Error("a process that has hardly looked closes PLT-03")
	}
	if n := sweeps(misled, w.watch); len(w.kind(models.ExceptionTowerUnwell)) != 0 {
		t.Errorf("PLT-03 stands for %d sweeps after the other process looks again", n)
	}
}

// TestWhoCannotAskForReplicasStillTellsWhatElseFails finds another table in the
// place of what Postgres tells of its replicas.
func TestWhoCannotAskForReplicasStillTellsWhatElseFails(t *testing.T) {
	w := newWorld(t)
	misled := w.misled(`CREATE TABLE control_totals (nothing int) CREATE TABLE pg_stat_replication (nothing int)`)
	w.machine("ours", func(m *models.Machine) { m.Free = 49e9 })
	for range 12 { // two minutes
		w.wait(10 * time.Second)
		if err := misled.SweepDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, title := range []string{"Nobody looks for “Not all arrived”", "Nobody looks for “Tower unwell”", "The disk of ours"} {
		if len(w.named(title)) != 1 {
			t.Errorf("%q is not told:%s", title, briefly(w.open()))
		}
	}
}
