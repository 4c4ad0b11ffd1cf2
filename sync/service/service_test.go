package service_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"throughline/sync/service"
)

func start(t *testing.T, cfg service.Config) *service.Loop {
	t.Helper()
	cfg.Name = "test"
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	loop, err := service.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := loop.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return loop
}

func stop(t *testing.T, loop *service.Loop) {
	t.Helper()
	if err := loop.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestLoopGoesOnAtOnceWhileThereIsMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rounds := 0
		begin := time.Now()
		loop := start(t, service.Config{Poll: time.Hour, RunOnce: func(context.Context) (bool, error) {
			rounds++
			return rounds < 5, nil
		}})
		synctest.Wait()
		if rounds != 5 || !time.Now().Equal(begin) {
			t.Fatalf("%d rounds in %s, want 5 at once", rounds, time.Since(begin))
		}
		stop(t, loop)
	})
}

func TestLoopWakesBeforeItsPollAndPollsWithoutWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rounds atomic.Int32
		loop := start(t, service.Config{Poll: time.Hour, RunOnce: func(context.Context) (bool, error) {
			rounds.Add(1)
			return false, nil
		}})
		synctest.Wait()
		loop.Wake()
		loop.Wake()
		synctest.Wait()
		if rounds.Load() < 2 {
			t.Fatalf("%d rounds after a wake-up, want 2 or more", rounds.Load())
		}
		before := rounds.Load()
		<-time.After(72 * time.Minute) // the bubble's clock: poll is an hour ± 20 %
		synctest.Wait()
		if rounds.Load() == before {
			t.Fatal("no round without a wake-up")
		}
		stop(t, loop)
	})
}

func TestLoopBacksOffAndSurvivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		loop := start(t, service.Config{
			Poll: time.Hour, BackoffMin: time.Second, BackoffMax: 4 * time.Second,
			RunOnce: func(context.Context) (bool, error) {
				at = append(at, time.Now())
				switch len(at) {
				case 1:
					panic("boom")
				case 2, 3, 4:
					return true, errors.New("no")
				}
				return false, nil
			},
		})
		<-time.After(time.Minute)
		synctest.Wait()
		if len(at) != 5 {
			t.Fatalf("%d rounds, want 5", len(at))
		}
		for i, seconds := range []int{1, 2, 4, 4} {
			got := at[i+1].Sub(at[i])
			if want := time.Duration(seconds) * time.Second; got < want*8/10 || got > want*12/10 {
				t.Errorf("wait %d is %s, want %s ± 20 %%", i+1, got, want)
			}
		}
		stop(t, loop)
	})
}

func TestDatabaseDownIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		rounds := 0
		loop := start(t, service.Config{
			Poll: time.Hour, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			RunOnce: func(context.Context) (bool, error) {
				if rounds++; rounds <= 6 {
					return false, io.ErrUnexpectedEOF
				}
				return false, nil
			},
		})
		<-time.After(10 * time.Minute)
		synctest.Wait()
		stop(t, loop)
		if got := strings.Count(log.String(), "\n"); got != 2 || !strings.Contains(log.String(), "back") {
			t.Fatalf("the log says:\n%s", log.String())
		}
	})
}

func TestStopEndsARunningRoundAndIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		loop := start(t, service.Config{RunOnce: func(ctx context.Context) (bool, error) {
			<-release
			return false, ctx.Err()
		}})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := loop.Stop(ctx); err == nil {
			t.Fatal("Stop returned nil while a round ran")
		}
		close(release)
		stop(t, loop)
		if err := loop.Start(t.Context()); err == nil {
			t.Fatal("a stopped loop started again")
		}
	})
}

func TestWithinNamesWhatWasSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		err := service.Within(t.Context(), "read the books", time.Second, slow)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "read the books took longer than 1s") {
			t.Fatalf("err = %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := service.Within(ctx, "read", time.Second, slow); !errors.Is(err, context.Canceled) {
			t.Fatalf("a cancelled caller got %v", err)
		}
	})
}

type step struct {
	name string
	fail bool
	log  *[]string
}

func (s step) Start(context.Context) error {
	*s.log = append(*s.log, "start "+s.name)
	if s.fail {
		return errors.New(s.name)
	}
	return nil
}
func (s step) Stop(context.Context) error { *s.log = append(*s.log, "stop "+s.name); return nil }

func TestGroupTakesBackWhatHadStarted(t *testing.T) {
	var log []string
	g := service.Group{step{"a", false, &log}, step{"b", false, &log}, step{"c", true, &log}}
	if err := g.Start(t.Context()); err == nil {
		t.Fatal("no error")
	}
	if got, want := strings.Join(log, ", "), "start a, start b, start c, stop b, stop a"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
}

// pair is a service whose end waits for that of the others.
type pair struct{ ends *sync.WaitGroup }

func (pair) Start(context.Context) error { return nil }

func (p pair) Stop(context.Context) error {
	p.ends.Done()
	p.ends.Wait()
	return nil
}

func TestGroupStopsTogether(t *testing.T) {
	var ends sync.WaitGroup
	ends.Add(2)
	if err := (service.Group{pair{&ends}, pair{&ends}}).StopTogether(t.Context()); err != nil {
		t.Error(err)
	}
}
