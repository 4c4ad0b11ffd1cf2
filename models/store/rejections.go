package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// keptSamples is how many refused events of a source are kept to look at.
const keptSamples = 100

// RejectionLog holds what intake refused, counts of all and samples of some, and
// whose clock is ahead. All of it is outside the books. It is safe for concurrent
// use.
type RejectionLog struct{ db *DB }

// NewRejectionLog makes the door to what intake refused.
func NewRejectionLog(db *DB) *RejectionLog { return &RejectionLog{db: db} }

// Record adds counts, samples and the numbers of refused events in one
// transaction and drops the oldest samples beyond the newest 100 of each source.
func (r *RejectionLog) Record(ctx context.Context, counts []models.RejectionCount, samples []models.Rejection, numbers []models.SequenceArrivals) error {
	err := pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		writeArrivals(b, numbers)
		for _, c := range counts {
			b.Queue(`
				INSERT INTO rejected_counts AS r (minute, source, type, code, count) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (minute, source, type, code) DO UPDATE SET count = r.count + excluded.count`,
				c.Minute, c.Source, c.Type, c.Code, c.Count)
		}
		sources := map[string]bool{}
		for _, s := range samples {
			errs, err := json.Marshal(s.Errors)
			if err != nil {
				return err
			}
			b.Queue(`
				INSERT INTO rejected_samples (source, event_id, type, code, errors, body, received_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7)`, s.Source, s.EventID, s.Type, s.Code, string(errs), s.Body, s.At)
			sources[s.Source] = true
		}
		for source := range sources {
			b.Queue(`
				DELETE FROM rejected_samples WHERE source = $1 AND id <= (
					SELECT id FROM rejected_samples WHERE source = $1 ORDER BY id DESC OFFSET $2 LIMIT 1)`, source, keptSamples)
		}
		return tx.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return fmt.Errorf("record refused events: %w", err)
	}
	return nil
}

// RecordSkews keeps the newest time at which each source, entity and DC was ahead,
// which must be in their order.
func (r *RejectionLog) RecordSkews(ctx context.Context, skews []models.ClockSkew) error {
	b := &pgx.Batch{}
	for _, s := range skews {
		b.Queue(`
			INSERT INTO clock_skews AS c (source, entity, dc, ahead, seen_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (source, entity, dc) DO UPDATE SET ahead = excluded.ahead, seen_at = excluded.seen_at WHERE excluded.seen_at > c.seen_at`,
			s.Source, s.Entity, s.DC, s.Ahead, s.SeenAt)
	}
	if err := r.db.Pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("record clocks that are ahead: %w", err)
	}
	return nil
}
