package service

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Within calls work with a deadline that has a name, so that a slow call shows
// in the log as what it was and not as "context deadline exceeded".
func Within(ctx context.Context, name string, limit time.Duration, work func(ctx context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := work(bounded)
	if err != nil && ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%s took longer than %s: %w", name, limit, err)
	}
	return err
}
