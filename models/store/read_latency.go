package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Latency reads the rollups of operational events, by the hour where they are folded
// and by the minute otherwise; its cost grows with the period asked for, never with
// the log. Loads of history, which wait in a lane of their own, say nothing of how
// soon a change arrives and are left out.
type Latency struct{ db *DB }

// NewLatency reads through db.
func NewLatency(db *DB) *Latency { return &Latency{db: db} }

// latencyCut is what a query cuts to beside its period, in both kinds of rollups.
const latencyCut = `($3::text[] IS NULL OR dc = ANY($3)) AND ($4 = '' OR entity = $4) AND stage = ANY($5)`

const latencyWhere = `
	WHERE minute >= $1 AND minute < $2 AND ` + latencyCut + ` AND ` + latencyLane

// latencySpreads are the histograms of a period: the minutes before and after the
// hours from $6 to $7, which are folded.
const latencySpreads = `(
	SELECT minute, dc, entity, stage, hist FROM latency_rollups WHERE minute >= $1 AND minute < $6 AND ` + latencyCut + ` AND ` + latencyLane + `
	UNION ALL
	SELECT hour, dc, entity, stage, hist FROM latency_hour_spreads WHERE hour >= $6 AND hour < $7 AND ` + latencyCut + `
	UNION ALL
	SELECT minute, dc, entity, stage, hist FROM latency_rollups WHERE minute >= $7 AND minute < $2 AND ` + latencyCut + ` AND ` + latencyLane + `
) AS spreads`

// Matrix gives the distribution per DC, entity and stage, ordered by them; last what
// belongs to no DC.
func (l *Latency) Matrix(ctx context.Context, q models.LatencyQuery) ([]models.LatencyCell, error) {
	rows, err := l.rows(ctx, `SELECT dc, entity, stage, hist FROM `+latencySpreads+` ORDER BY dc = '', dc, entity, stage`, q, time.Hour)
	if err != nil {
		return nil, err
	}
	cells, err := collectCells(rows)
	if err != nil {
		return nil, fmt.Errorf("read latency: %w", err)
	}
	return cells, nil
}

// collectCells merges the histograms of rows that are in the order of their cells.
func collectCells(rows pgx.Rows) (cells []models.LatencyCell, err error) {
	var dc, entity string
	var stage models.LatencyStage
	var hist []byte
	_, err = pgx.ForEachRow(rows, []any{&dc, &entity, &stage, &hist}, func() error {
		if n := len(cells); n == 0 || cells[n-1].DC != dc || cells[n-1].Entity != entity || cells[n-1].Stage != stage {
			cells = append(cells, models.LatencyCell{DC: dc, Entity: entity, Stage: stage})
		}
		return mergeInto(&cells[len(cells)-1].Spread, hist)
	})
	return cells, err
}

// Series gives the distribution per step of time (a minute, an hour, a day in UTC),
// all DCs and entities of the cut together. Steps without events are absent.
func (l *Latency) Series(ctx context.Context, q models.LatencyQuery, step time.Duration) ([]models.LatencyPoint, error) {
	rows, err := l.rows(ctx, `SELECT minute, hist FROM `+latencySpreads+` ORDER BY minute`, q, step)
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

// rows reads the histograms of a query; a step of less than an hour needs the minutes.
func (l *Latency) rows(ctx context.Context, sql string, q models.LatencyQuery, step time.Duration) (pgx.Rows, error) {
	whole := models.Period{From: q.Period.To, To: q.Period.To}
	if step >= time.Hour {
		var err error
		if whole, err = l.foldedPart(ctx, q.Period); err != nil {
			return nil, err
		}
	}
	stages := q.Stages
	if len(stages) == 0 {
		stages = []models.LatencyStage{models.LatencyTotal}
	}
	rows, err := l.db.Pool.Query(ctx, sql, q.Period.From, q.Period.To, q.DCs(), q.Entity, stages, whole.From, whole.To)
	if err != nil {
		return nil, fmt.Errorf("read latency: %w", err)
	}
	return rows, nil
}

func mergeInto(spread *models.Histogram, hist []byte) error {
	var part models.Histogram
	if err := part.UnmarshalBinary(hist); err != nil {
		return fmt.Errorf("read a histogram: %w", err)
	}
	spread.Merge(part)
	return nil
}
