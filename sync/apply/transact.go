package apply

import (
	"context"
	"fmt"
	"strings"

	"throughline/models"
	"throughline/models/store"
)

// batch is what one transaction takes from the log into effect.
type batch struct {
	events []models.Event
	blame  error // what the only event failed with: it is parked
	moves  []store.CursorMove
	shards []store.BatchChange
	times  store.BatchTimes
	judge  judge
}

// transact moves the cursors and writes everything that the events between
// their old and new places bring about, or nothing of it.
func (en *Engine) transact(ctx context.Context, b *batch) error {
	now := en.cfg.Now
	b.times.StartedAt = now()
	entries := readAll(b.events)
	if b.blame != nil {
		entries[0].verdict = parked(codeMapping, "%s", plain(b.blame))
	}
	decoded := now()
	tx, err := en.store.BeginMoving(ctx, b.moves)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	en.cfg.step("cursor moved")
	if err := en.judgeIn(ctx, tx, &b.judge, entries); err != nil {
		return err
	}
	en.cfg.step("judged")
	judged := now()
	effects := b.judge.effects.rows()
	record(&effects, entries, b.times.StartedAt, judged, "")
	effects.Arrivals = arrivalsOf(b.events)
	if err := tx.Write(ctx, &effects, judged); err != nil {
		return err
	}
	en.cfg.step("written")
	b.times.AppliedAt = now()
	b.times.Transform, b.times.Reference = decoded.Sub(b.times.StartedAt), judged.Sub(decoded)
	b.times.Apply = b.times.AppliedAt.Sub(judged)
	if err := b.summarise(entries); err != nil {
		return err
	}
	if err := tx.LogAndCommit(ctx, b.shards, b.times); err != nil {
		return err
	}
	en.cfg.step("committed")
	en.trace(entries, b.times.StartedAt)
	return nil
}

// summarise completes the change log's rows by what the batch left out and how
// long its events took.
func (b *batch) summarise(entries []entry) (err error) {
	parts := make(map[int16]*store.BatchChange, len(b.shards))
	for i := range b.shards {
		parts[b.shards[i].Shard] = &b.shards[i]
	}
	for i := range entries {
		if e := &entries[i]; e.verdict != applied {
			part := parts[e.event.Shard]
			part.LeftOut = append(part.LeftOut, e.event.Seq)
			part.Events--
		}
	}
	b.shards[0].Marks, err = marksOf(&b.times, entries)
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
