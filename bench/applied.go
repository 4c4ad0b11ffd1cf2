package main

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	arrayLength       = 500
	arrayConnections  = 8
	singleConnections = 64
)

// arraysApplied sends arrays of 500 and counts until all are applied.
func arraysApplied(ctx context.Context, b *bench) (float64, error) {
	return appliedRate(ctx, b, arrayConnections, func(c *client, w *world, body []byte) (int, []byte, error) {
		body = append(body[:0], '[')
		for i := range arrayLength {
			if i > 0 {
				body = append(body, ',')
			}
			f := w.fact()
			body = f.appendEvent(body)
		}
		body = append(body, ']')
		return arrayLength, body, c.post(batchType, body)
	})
}

// singlesApplied sends one event a request.
func singlesApplied(ctx context.Context, b *bench) (float64, error) {
	return appliedRate(ctx, b, singleConnections, func(c *client, w *world, body []byte) (int, []byte, error) {
		f := w.fact()
		body = f.appendEvent(body[:0])
		return 1, body, c.post(eventType, body)
	})
}

type sender func(c *client, w *world, body []byte) (sent int, _ []byte, err error)

// appliedRate lets senders send for the duration, waits until the last event is
// applied, and divides all of them by all of that time.
func appliedRate(ctx context.Context, b *bench, connections int, send sender) (float64, error) {
	t, err := startTower(ctx, b)
	if err != nil {
		return 0, err
	}
	defer t.stop()
	var w world
	var total atomic.Int64
	start := time.Now()
	end := start.Add(b.options.duration)
	g, gctx := errgroup.WithContext(ctx)
	for range connections {
		g.Go(func() error {
			c, err := dial(gctx, t.addr, t.key)
			if err != nil {
				return err
			}
			defer c.close()
			var body []byte
			for time.Now().Before(end) && gctx.Err() == nil {
				var sent int
				if sent, body, err = send(c, &w, body); err != nil {
					return err
				}
				total.Add(int64(sent))
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	if err := t.waitApplied(ctx); err != nil {
		return 0, err
	}
	return float64(total.Load()) / time.Since(start).Seconds(), nil
}
