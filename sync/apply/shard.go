package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/service"
)

// worker applies one shard: it is the only goroutine of this process that
// moves the shard's cursor.
type worker struct {
	en     *Engine
	shard  int16
	limit  int
	cursor store.Cursor
	known  bool // cursor is what the database has, as far as this worker can tell
}

// runOnce applies one batch. There is more when the batch was not empty.
func (w *worker) runOnce(ctx context.Context) (more bool, err error) {
	err = service.Within(ctx, "apply a batch", w.en.cfg.BatchTimeout, func(ctx context.Context) error {
		more, err = w.next(ctx)
		return err
	})
	if err != nil {
		w.known = false
		if errors.Is(err, store.ErrFenced) {
			return true, nil // another process owns the shard as well: go on from where it is
		}
	}
	return more, err
}

func (w *worker) next(ctx context.Context) (more bool, err error) {
	if !w.known {
		if w.cursor, err = w.en.store.Cursor(ctx, w.shard); err != nil {
			return false, err
		}
		w.known = true
	}
	events, err := w.en.log.Read(ctx, w.shard, w.cursor.Seq, w.cursor.Day, w.limit)
	if err != nil || len(events) == 0 {
		// A crash of the server can take back what it had not flushed yet, the
		// cursor with it: what is remembered must not stay ahead of it.
		w.known = false
		return false, err
	}
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
	c := store.BatchChange{StartedAt: w.en.cfg.Now(), From: events[0].Seq, To: events[len(events)-1].Seq}
	var j judge
	err := contained(func() error { return w.transact(ctx, events, blame, &c, &j) })
	if err != nil {
		return err
	}
	w.cursor = store.Cursor{Seq: c.To, Day: events[len(events)-1].ReceivedAt}
	w.en.applied(w.shard, c.Events, j.masters)
	return nil
}

func (w *worker) transact(ctx context.Context, events []models.Event, blame error, c *store.BatchChange, j *judge) error {
	now := w.en.cfg.Now
	entries := readAll(events)
	if blame != nil {
		entries[0].verdict = parked(codeMapping, "%s", plain(blame))
	}
	decoded := now()
	tx, err := w.en.store.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	to := store.Cursor{Seq: c.To, Day: events[len(events)-1].ReceivedAt}
	if err := tx.MoveCursor(ctx, w.shard, w.cursor, to); err != nil {
		return err
	}
	w.en.cfg.step("cursor moved")
	if err := w.en.judgeIn(ctx, tx, w.shard, j, entries); err != nil {
		return err
	}
	w.en.cfg.step("judged")
	judged := now()
	effects := j.effects.rows()
	record(&effects, entries, c.StartedAt, judged, "")
	if err := tx.Write(ctx, w.shard, &effects, judged); err != nil {
		return err
	}
	w.en.cfg.step("written")
	c.AppliedAt = now()
	c.Transform, c.Reference, c.Apply = decoded.Sub(c.StartedAt), judged.Sub(decoded), c.AppliedAt.Sub(judged)
	if err := summarise(c, entries); err != nil {
		return err
	}
	if err := tx.LogBatch(ctx, w.shard, *c); err != nil {
		return err
	}
	w.en.cfg.step("logged")
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	w.en.cfg.step("committed")
	return nil
}

// summarise completes the change log's row by what the batch left out and how
// long its events took.
func summarise(c *store.BatchChange, entries []entry) (err error) {
	c.FirstReceived, c.LastReceived = entries[0].event.ReceivedAt, entries[0].event.ReceivedAt
	for i := range entries {
		e := &entries[i]
		if e.event.ReceivedAt.Before(c.FirstReceived) {
			c.FirstReceived = e.event.ReceivedAt
		}
		if e.event.ReceivedAt.After(c.LastReceived) {
			c.LastReceived = e.event.ReceivedAt
		}
		if e.verdict != applied {
			c.LeftOut = append(c.LeftOut, e.event.Seq)
		}
	}
	c.Events = len(entries) - len(c.LeftOut)
	c.Marks, err = marksOf(c, entries)
	if err != nil {
		return fmt.Errorf("sum up the batch: %w", err)
	}
	return nil
}

// plain is an error's first line as Postgres can store it.
func plain(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.ToValidUTF8(strings.ReplaceAll(line, "\x00", ""), "�")
}
