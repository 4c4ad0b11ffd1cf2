package apply

import (
	"context"
	"errors"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/service"
)

// worker applies some shards of a lane, together in each batch: what a
// transaction costs does not grow with the shards that it covers. It is the
// only goroutine of this process that moves their cursors.
type worker struct {
	en      *Engine
	lane    models.Lane
	shards  []int16
	limit   int // events of a batch, about
	allowed int // of them, after batches that took too long
	busy    int // shards that the last batch covered
	cursors map[int16]store.Cursor
	known   bool // cursors are what the database has, as far as this worker can tell
}

// runOnce applies one batch. There is more when the batch was not empty.
func (w *worker) runOnce(ctx context.Context) (more bool, err error) {
	if w.en.cfg.Paused(w.lane) {
		return false, nil
	}
	began := w.en.cfg.Now()
	err = service.Within(ctx, "apply a batch", w.en.cfg.BatchTimeout, func(ctx context.Context) error {
		more, err = w.next(ctx)
		return err
	})
	if more {
		w.yield(ctx, w.en.cfg.Now().Sub(began))
	}
	switch {
	case err == nil:
		w.allowed = min(2*w.allowed, w.limit)
		return more, nil
	case errors.Is(err, context.DeadlineExceeded):
		w.allowed = max(w.allowed/2, 1)
	}
	w.known = false
	if errors.Is(err, store.ErrFenced) {
		return true, nil // another process owns a shard as well: go on from where it is
	}
	return more, err
}

// yield lets a batch of the bulk lane be followed by a rest while the other lane works.
func (w *worker) yield(ctx context.Context, took time.Duration) {
	if w.lane == models.LaneBulk {
		w.en.cfg.Traffic.GiveWay(ctx, took)
		return
	}
	w.en.cfg.Traffic.Note()
}

func (w *worker) next(ctx context.Context) (more bool, err error) {
	if !w.known {
		if w.cursors, err = w.en.store.Cursors(ctx, w.shards); err != nil {
			return false, err
		}
		w.known = true
	}
	// A shard's share is what the last batch lets expect, so that one hot shard
	// fills a batch alone and many busy ones fill it together.
	events, err := w.en.log.Read(ctx, w.cursors, max(w.allowed/w.busy, 1))
	if err != nil || len(events) == 0 {
		// A crash of the server can take back what it had not flushed yet, the
		// cursors with it: what is remembered must not stay ahead of it.
		w.known = false
		return false, err
	}
	w.busy = len(shardsOf(events))
	w.en.cfg.step("read")
	return true, w.applyOrHalve(ctx, events)
}

// applyOrHalve applies the events; when their data make it fail, it applies
// the halves, down to the one event that is to blame, which is parked.
func (w *worker) applyOrHalve(ctx context.Context, events []models.Event) error {
	err := w.apply(ctx, events, nil)
	if !blamesData(err) {
		return err
	}
	if len(events) == 1 {
		// What another transaction did meanwhile may be to blame; the next look sees it.
		if err = w.apply(ctx, events, nil); !blamesData(err) {
			return err
		}
		return w.apply(ctx, events, err)
	}
	half := len(events) / 2
	if err := w.applyOrHalve(ctx, events[:half]); err != nil {
		return err
	}
	return w.applyOrHalve(ctx, events[half:])
}

// apply takes the events through one transaction; with blame their only event is parked.
func (w *worker) apply(ctx context.Context, events []models.Event, blame error) error {
	began := w.en.cfg.Now()
	b := batch{events: events, blame: blame, shards: shardsOf(events)}
	ends := make(map[int16]store.Cursor, len(b.shards))
	for i := range events {
		ends[events[i].Shard] = store.Cursor{Seq: events[i].Seq, Day: events[i].ReceivedAt}
	}
	for shard, end := range ends {
		b.moves = append(b.moves, store.CursorMove{Shard: shard, From: w.cursors[shard], To: end})
	}
	if err := contained(func() error { return w.en.transact(ctx, &b) }); err != nil {
		return err
	}
	for _, m := range b.moves {
		w.cursors[m.Shard] = m.To
	}
	w.en.cfg.Batch(w.lane, len(events), w.en.cfg.Now().Sub(began))
	w.en.applied(b.shards, b.judge.masters)
	return nil
}

// shardsOf are the parts of a batch that the shards have in it, in their order
// of appearance. A shard's events come in the order of its log.
func shardsOf(events []models.Event) []store.BatchChange {
	var parts []store.BatchChange
	at := make(map[int16]int)
	for i := range events {
		e := &events[i]
		n, ok := at[e.Shard]
		if !ok {
			n = len(parts)
			at[e.Shard] = n
			parts = append(parts, store.BatchChange{Shard: e.Shard, From: e.Seq, FirstReceived: e.ReceivedAt, LastReceived: e.ReceivedAt})
		}
		p := &parts[n]
		p.To = e.Seq
		p.Events++
		if e.ReceivedAt.Before(p.FirstReceived) {
			p.FirstReceived = e.ReceivedAt
		}
		if e.ReceivedAt.After(p.LastReceived) {
			p.LastReceived = e.ReceivedAt
		}
	}
	return parts
}
