package watch_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

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
