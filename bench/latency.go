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

// quantiles of the time from the first byte of a POST.
type quantiles struct {
	events             int
	answerP50, applP50 time.Duration
	answerP99, applP99 time.Duration
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
func measureLatency(ctx context.Context, b *bench) (quantiles, error) {
	t, err := startTower(ctx, b)
	if err != nil {
		return quantiles{}, err
	}
	defer t.stop()
	p := &pending{waiting: map[int16]map[int64]time.Time{}}
	if p.shards, err = store.NewLog(t.db).Shards(ctx); err != nil {
		return quantiles{}, err
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
		return quantiles{}, err
	}
	return quantiles{
		events: len(p.applied), answerP50: quantile(p.answer, 0.5), answerP99: quantile(p.answer, 0.99),
		applP50: quantile(p.applied, 0.5), applP99: quantile(p.applied, 0.99),
	}, nil
}

func (p *pending) send(ctx context.Context, b *bench, t *tower) error {
	const connections = 16
	var w world
	end := time.Now().Add(b.options.duration)
	pause := time.Second * connections / time.Duration(b.options.rate)
	g, ctx := errgroup.WithContext(ctx)
	for i := range connections {
		g.Go(func() error {
			c, err := dial(ctx, t.addr, t.key)
			if err != nil {
				return err
			}
			defer c.close()
			// The schedule is fixed: a slow answer must not thin out the load behind it.
			due := time.Now().Add(pause * time.Duration(i) / connections)
			for ; due.Before(end); due = due.Add(pause) {
				if err := wait(ctx, time.Until(due)); err != nil {
					return err
				}
				if err := p.post(c, &w, due); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
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
