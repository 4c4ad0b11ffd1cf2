package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Latency reads the minute rollups of operational events; its cost grows with
// the minutes asked for, never with the log. Loads of history, which wait in a
// lane of their own, say nothing of how soon a change arrives and are left out.
type Latency struct{ db *DB }

// NewLatency reads through db.
func NewLatency(db *DB) *Latency { return &Latency{db: db} }

const latencyWhere = `
	WHERE minute >= $1 AND minute < $2 AND ($3::text[] IS NULL OR dc = ANY($3)) AND ($4 = '' OR entity = $4) AND stage = ANY($5)
		AND shard IN (SELECT shard FROM shard_cursors WHERE lane = 'realtime')`

// Matrix gives the distribution per DC, entity and stage, ordered by them; last what
// belongs to no DC.
func (l *Latency) Matrix(ctx context.Context, q models.LatencyQuery) ([]models.LatencyCell, error) {
	rows, err := l.rows(ctx, `SELECT dc, entity, stage, hist FROM latency_rollups`+latencyWhere+` ORDER BY dc = '', dc, entity, stage`, q)
	if err != nil {
		return nil, err
	}
	var cells []models.LatencyCell
	var dc, entity string
	var stage models.LatencyStage
	var hist []byte
	_, err = pgx.ForEachRow(rows, []any{&dc, &entity, &stage, &hist}, func() error {
		if n := len(cells); n == 0 || cells[n-1].DC != dc || cells[n-1].Entity != entity || cells[n-1].Stage != stage {
			cells = append(cells, models.LatencyCell{DC: dc, Entity: entity, Stage: stage})
		}
		return mergeInto(&cells[len(cells)-1].Spread, hist)
	})
	if err != nil {
		return nil, fmt.Errorf("read latency: %w", err)
	}
	return cells, nil
}

// Series gives the distribution per step of time (a minute, an hour), all DCs
// and entities of the cut together. Steps without events are absent.
func (l *Latency) Series(ctx context.Context, q models.LatencyQuery, step time.Duration) ([]models.LatencyPoint, error) {
	rows, err := l.rows(ctx, `SELECT minute, hist FROM latency_rollups`+latencyWhere+` ORDER BY minute`, q)
	if err != nil {
		return nil, err
	}
	var points []models.LatencyPoint
	var minute time.Time
	var hist []byte
	_, err = pgx.ForEachRow(rows, []any{&minute, &hist}, func() error {
		at := minute.UTC().Truncate(step)
		if n := len(points); n == 0 || !points[n-1].At.Equal(at) {
			points = append(points, models.LatencyPoint{At: at})
		}
		return mergeInto(&points[len(points)-1].Spread, hist)
	})
	if err != nil {
		return nil, fmt.Errorf("read latency over time: %w", err)
	}
	return points, nil
}

func (l *Latency) rows(ctx context.Context, sql string, q models.LatencyQuery) (pgx.Rows, error) {
	stages := q.Stages
	if len(stages) == 0 {
		stages = []models.LatencyStage{models.LatencyTotal}
	}
	rows, err := l.db.Pool.Query(ctx, sql, q.Period.From, q.Period.To, q.DCs(), q.Entity, stages)
	if err != nil {
		return nil, fmt.Errorf("read latency: %w", err)
	}
	return rows, nil
}

func mergeInto(spread *models.Histogram, hist []byte) error {
	var minute models.Histogram
	if err := minute.UnmarshalBinary(hist); err != nil {
		return fmt.Errorf("read a histogram: %w", err)
	}
	spread.Merge(minute)
	return nil
}
