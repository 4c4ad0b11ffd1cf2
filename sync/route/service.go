package route

import (
	"context"
	"errors"
	"fmt"
	"time"

	"throughline/sync/service"
)

// Service runs a Router in the background.
type Service struct {
	*service.Loop
	router *Router
}

// NewService makes a Service that looks for something to deliver when it is
// woken, and every poll at the latest; default 250 ms.
func NewService(router *Router, poll time.Duration) (*Service, error) {
	loop, err := service.New(service.Config{
		Name: "route", Vital: true, RunOnce: router.RunOnce, Poll: orDefault(poll, 250*time.Millisecond), Logger: router.cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	return &Service{Loop: loop, router: router}, nil
}

// Stop breaks running deliveries off and waits for their workers, no longer than
// ctx allows. What was not taken is delivered after the next start.
func (s *Service) Stop(ctx context.Context) error {
	err := s.Loop.Stop(ctx)
	done := make(chan struct{})
	go func() {
		s.router.Wait()
		s.router.Release()
		close(done)
	}()
	select {
	case <-done:
		return err
	case <-ctx.Done():
		return errors.Join(err, fmt.Errorf("deliveries did not end in time: %w", ctx.Err()))
	}
}
