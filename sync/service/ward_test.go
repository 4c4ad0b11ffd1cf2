package service_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"throughline/sync/service"
)

// admitted starts a vital loop under the ward.
func admitted(t *testing.T, w *service.Ward, cfg service.Config) *service.Loop {
	t.Helper()
	cfg.Vital, cfg.Logger = true, slog.New(slog.DiscardHandler)
	loop, err := service.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := loop.Start(w.Over(t.Context())); err != nil {
		t.Fatal(err)
	}
	return loop
}

func TestTheWardNamesWhatFailsAndWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ward service.Ward
		var mended atomic.Bool
		fails := admitted(t, &ward, service.Config{Name: "fails", RunOnce: func(context.Context) (bool, error) {
			if !mended.Load() {
				return false, errors.New("no such table")
			}
			return false, nil
		}})
		hangs := admitted(t, &ward, service.Config{Name: "hangs", RunOnce: func(ctx context.Context) (bool, error) {
			<-ctx.Done()
			return false, ctx.Err()
		}})
		works := admitted(t, &ward, service.Config{Name: "works", Poll: 10 * time.Minute, RunOnce: func(context.Context) (bool, error) { return false, nil }})
		time.Sleep(30 * time.Second)
		if ailing := ward.Ailing(time.Now()); len(ailing) > 0 {
			t.Errorf("after half a minute %v ail already", ailing)
		}
		time.Sleep(90 * time.Second)
		if ailing := ward.Ailing(time.Now()); !slices.Equal(ailing, []string{"fails", "hangs"}) {
			t.Errorf("after two minutes %v ail", ailing)
		}
		mended.Store(true)
		time.Sleep(30 * time.Second)
		stop(t, hangs)
		if ailing := ward.Ailing(time.Now()); len(ailing) > 0 {
			t.Errorf("%v ail when one was mended and the other stopped", ailing)
		}
		stop(t, fails)
		stop(t, works)
	})
}

func TestTheWardIsAsPatientAsItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ward := service.Ward{Patience: 5 * time.Second}
		hangs := admitted(t, &ward, service.Config{Name: "hangs", RunOnce: func(ctx context.Context) (bool, error) {
			<-ctx.Done()
			return false, ctx.Err()
		}})
		time.Sleep(5 * time.Second)
		if ailing := ward.Ailing(time.Now()); len(ailing) > 0 {
			t.Errorf("%v ail within the patience", ailing)
		}
		time.Sleep(2 * time.Second)
		if ailing := ward.Ailing(time.Now()); !slices.Equal(ailing, []string{"hangs"}) {
			t.Errorf("after seven seconds %v ail", ailing)
		}
		stop(t, hangs)
	})
}
