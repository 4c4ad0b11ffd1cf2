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

// TestOneOfTwoProcessesThatCannotLookBlindsNobody runs two watches on one
// database, of which one finds another table in the place of the control totals.
func TestOneOfTwoProcessesThatCannotLookBlindsNobody(t *testing.T) {
	w := newWorld(t)
	w.sql(`CREATE SCHEMA misled CREATE TABLE control_totals (nothing int)`)
	db, err := store.Open(t.Context(), store.Config{DSN: w.db.Pool.Config().ConnString() + "&search_path=misled,public", MaxConnections: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	misled := w.process(func(c *watch.Config) { c.DB = db })
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
