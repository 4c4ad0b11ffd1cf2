package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"throughline/models"
	"throughline/models/store"
)

// latencyConnections send single events at a steady rate.
const latencyConnections = 16

// latency is the time from the moment at which an event was due to be sent; the
// floor's is that of one transaction with the same rows.
type latency struct {
	events                 int
	answer, applied, floor spread
}

// spread is how long half, 95 % and 99 % took at most.
type spread struct{ p50, p95, p99 time.Duration }

func spreadOf(took []time.Duration) spread {
	return spread{quantile(took, 0.5), quantile(took, 0.95), quantile(took, 0.99)}
}

// pending are the events that were answered and are not known to be applied.
type pending struct {
	mu      sync.Mutex
	waiting map[int16]map[int64]time.Time // by shard and sequence number
	shards  models.Shards
	answer  []time.Duration
	applied []time.Duration
}

// measureLatency sends single events at a steady rate that the machine can
// bear, and looks at the cursors whenever something was applied.
func measureLatency(ctx context.Context, b *bench) (latency, error) {
	t, err := startTower(ctx, b)
	if err != nil {
		return latency{}, err
	}
	defer t.stop()
	p := &pending{waiting: map[int16]map[int64]time.Time{}}
	if p.shards, err = store.NewLog(t.db).Shards(ctx); err != nil {
		return latency{}, err
	}
	watching, stop := context.WithCancel(ctx)
	watched := make(chan error, 1)
	go func() { watched <- p.watch(watching, t) }()
	err = p.send(ctx, b, t)
	if err == nil {
		err = t.waitApplied(ctx)
	}
	stop()
	if werr := <-watched; err == nil {
		err = werr
	}
	if err == nil {
		err = p.settle(ctx, t)
	}
	if err != nil {
		return latency{}, err
	}
	return latency{events: len(p.applied), answer: spreadOf(p.answer), applied: spreadOf(p.applied)}, nil
}

func (p *pending) send(ctx context.Context, b *bench, t *tower) error {
	var w world
	return steadily(ctx, b, func(ctx context.Context) (sendOne, func(), error) {
		c, err := dial(ctx, t.addr, t.key)
		if err != nil {
			return nil, nil, err
		}
		return func(_ context.Context, due time.Time) error { return p.post(c, &w, due) }, c.close, nil
	})
}

// sendOne sends what was due at an instant.
type sendOne func(ctx context.Context, due time.Time) error

// steadily lets each connection send at its times, for the duration.
func steadily(ctx context.Context, b *bench, open func(context.Context) (sendOne, func(), error)) error {
	end := time.Now().Add(b.options.duration)
	pause := time.Second * latencyConnections / time.Duration(b.options.rate)
	g, ctx := errgroup.WithContext(ctx)
	for i := range latencyConnections {
		g.Go(func() error {
			send, done, err := open(ctx)
			if err != nil {
				return err
			}
			defer done()
			// The schedule is fixed: a slow answer must not thin out the load behind it.
			due := time.Now().Add(pause * time.Duration(i) / latencyConnections)
			for ; due.Before(end); due = due.Add(pause) {
				if err := wait(ctx, time.Until(due)); err != nil {
					return err
				}
				if err := send(ctx, due); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// measureFloor times one transaction an event at the same rate.
func (l *latency) measureFloor(ctx context.Context, b *bench) error {
	db, drop, err := floorDatabase(ctx, b, latencyConnections)
	if err != nil {
		return err
	}
	defer drop()
	var (
		w    world
		mu   sync.Mutex
		took []time.Duration
	)
	err = steadily(ctx, b, func(ctx context.Context) (sendOne, func(), error) {
		conn, err := db.Pool.Acquire(ctx)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, due time.Time) error {
			_, err := writeRows(ctx, conn, &w, 1)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(due))
			return err
		}, conn.Release, nil
	})
	l.floor = spreadOf(took)
	return err
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (p *pending) post(c *client, w *world, began time.Time) error {
	f := w.fact()
	if err := c.post(eventType, f.appendEvent(nil)); err != nil {
		return err
	}
	seq, err := seqOf(c.body)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = append(p.answer, time.Since(began))
	shard := p.shards.Of(models.LaneRealtime, f.key)
	if p.waiting[shard] == nil {
		p.waiting[shard] = map[int64]time.Time{}
	}
	p.waiting[shard][seq] = began
	return nil
}

func seqOf(answer []byte) (int64, error) {
	_, rest, ok := bytes.Cut(answer, []byte(`"seq":`))
	end := bytes.IndexAny(rest, ",}")
	if !ok || end < 0 {
		return 0, fmt.Errorf("no sequence number in %s", answer)
	}
	return strconv.ParseInt(string(rest[:end]), 10, 64)
}

func (p *pending) watch(ctx context.Context, t *tower) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.applied:
			if err := p.settle(ctx, t); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// settle takes those off the list that their shard's cursor has passed. An
// event that is still to be answered is timed when it is next looked for.
func (p *pending) settle(ctx context.Context, t *tower) error {
	rows, err := t.db.Pool.Query(ctx, `SELECT shard, seq FROM shard_cursors`)
	if err != nil {
		return err
	}
	var shard int16
	var cursor int64
	_, err = pgx.ForEachRow(rows, []any{&shard, &cursor}, func() error {
		now := time.Now()
		p.mu.Lock()
		defer p.mu.Unlock()
		for seq, began := range p.waiting[shard] {
			if seq <= cursor {
				p.applied = append(p.applied, now.Sub(began))
				delete(p.waiting[shard], seq)
			}
		}
		return nil
	})
	return err
}

func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[int(q*float64(len(all)-1))]
}
