package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// latencyLane are the shards whose latency counts.
const latencyLane = `shard IN (SELECT shard FROM shard_cursors WHERE lane = 'realtime')`

// foldedUntil is where the hours end that are folded; none of before is missing.
const foldedUntil = `(SELECT max(hour) + interval '1 hour' FROM latency_hour_spreads)`

// FoldHour folds the minutes of the oldest hour that is not folded and ended before
// an instant, which must be so long ago that no minute of it is counted any more.
// Nothing is left to fold when it returns false. Several processes may fold at a time.
func (l *Latency) FoldHour(ctx context.Context, before time.Time) (folded bool, err error) {
	err = pgx.BeginFunc(ctx, l.db.Pool, func(tx pgx.Tx) error {
		var hour *time.Time
		err := tx.QueryRow(ctx, `
			SELECT date_trunc('hour', min(minute), 'UTC') FROM latency_rollups
			WHERE minute >= coalesce(`+foldedUntil+`, '-infinity') AND minute < $1 AND `+latencyLane, before.Truncate(time.Hour)).Scan(&hour)
		if err != nil || hour == nil {
			return err
		}
		folded = true
		return foldHour(ctx, tx, *hour)
	})
	if err != nil {
		return false, fmt.Errorf("fold the latency of an hour: %w", err)
	}
	return folded, nil
}

func foldHour(ctx context.Context, tx pgx.Tx, hour time.Time) error {
	rows, err := tx.Query(ctx, `
		SELECT dc, entity, stage, hist FROM latency_rollups
		WHERE minute >= $1 AND minute < $2 AND `+latencyLane+` ORDER BY dc, entity, stage`, hour, hour.Add(time.Hour))
	if err != nil {
		return err
	}
	cells, err := collectCells(rows)
	if err != nil {
		return err
	}
	hists := make([][]byte, len(cells))
	for i, c := range cells {
		if hists[i], err = c.Spread.MarshalBinary(); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO latency_hour_spreads (hour, dc, entity, stage, hist)
		SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bytea[]) ON CONFLICT DO NOTHING`,
		hour, column(cells, func(c *models.LatencyCell) string { return c.DC }), column(cells, func(c *models.LatencyCell) string { return c.Entity }),
		column(cells, func(c *models.LatencyCell) string { return string(c.Stage) }), hists)
	return err
}

// foldedPart is the part of a period whose hours are folded, empty at its end when
// there is none.
func (l *Latency) foldedPart(ctx context.Context, p models.Period) (models.Period, error) {
	none := models.Period{From: p.To, To: p.To}
	whole := models.Period{From: p.From.Add(time.Hour - 1).Truncate(time.Hour), To: p.To.Truncate(time.Hour)}
	if !whole.From.Before(whole.To) {
		return none, nil
	}
	var until *time.Time
	if err := l.db.Pool.QueryRow(ctx, `SELECT `+foldedUntil).Scan(&until); err != nil {
		return none, fmt.Errorf("read which hours are folded: %w", err)
	}
	if until == nil || !whole.From.Before(*until) {
		return none, nil
	}
	if until.Before(whole.To) {
		whole.To = *until
	}
	return whole, nil
}
