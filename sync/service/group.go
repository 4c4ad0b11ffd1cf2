package service

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Service is what can be started and stopped. Stop waits no longer than ctx allows.
type Service interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// Group is several services as one: started in order, stopped in reverse.
type Group []Service

// Start stops at the first service that fails and takes back those that had started.
func (g Group) Start(ctx context.Context) error {
	for i, s := range g {
		if err := s.Start(ctx); err != nil {
			return errors.Join(err, g[:i].Stop(ctx))
		}
	}
	return nil
}

// Stop stops every service, the last started first, and joins their errors.
func (g Group) Stop(ctx context.Context) error {
	var errs []error
	for _, s := range slices.Backward(g) {
		errs = append(errs, s.Stop(ctx))
	}
	return errors.Join(errs...)
}

// StopTogether stops services that do not need each other at the same time, so
// that one which is slow to end leaves the others the whole of ctx.
func (g Group) StopTogether(ctx context.Context) error {
	errs := make([]error, len(g))
	var ends sync.WaitGroup
	for i, s := range g {
		ends.Go(func() { errs[i] = s.Stop(ctx) })
	}
	ends.Wait()
	return errors.Join(errs...)
}
