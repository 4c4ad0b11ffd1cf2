package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

const sampleColumns = `SELECT id, source, event_id, type, code, errors, body, received_at FROM rejected_samples `

// RejectedMatching counts what Rejected lists.
func (f *Failures) RejectedMatching(ctx context.Context, source, code string) (int64, error) {
	var n int64
	err := f.db.Pool.QueryRow(ctx, `SELECT count(*) FROM rejected_samples WHERE ($1 = '' OR source = $1) AND ($2 = '' OR code = $2)`, source, code).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the samples of refused events: %w", err)
	}
	return n, nil
}

// RejectedSample reads one sample, CodeNotFound when it is kept no longer.
func (f *Failures) RejectedSample(ctx context.Context, id int64) (models.RejectedSample, error) {
	rows, err := f.db.Pool.Query(ctx, sampleColumns+`WHERE id = $1`, id)
	if err != nil {
		return models.RejectedSample{}, fmt.Errorf("read a refused event: %w", err)
	}
	sample, err := pgx.CollectExactlyOneRow(rows, scanRejected)
	if errors.Is(err, pgx.ErrNoRows) {
		return sample, models.Errorf(models.CodeNotFound, "This refused event is kept no longer.")
	}
	return sample, err
}

// Rejected lists the newest refused events that were kept as samples; empty parts do not filter.
func (f *Failures) Rejected(ctx context.Context, source, code string, part models.Part) ([]models.RejectedSample, error) {
	rows, err := f.db.Pool.Query(ctx, sampleColumns+`
		WHERE ($1 = '' OR source = $1) AND ($2 = '' OR code = $2) ORDER BY id DESC LIMIT $3 OFFSET $4`, source, code, pageSize(part.Limit), part.Offset)
	if err != nil {
		return nil, fmt.Errorf("read the refused events: %w", err)
	}
	samples, err := pgx.CollectRows(rows, scanRejected)
	if err != nil {
		return nil, fmt.Errorf("read the refused events: %w", err)
	}
	return samples, nil
}

func scanRejected(row pgx.CollectableRow) (models.RejectedSample, error) {
	var s models.RejectedSample
	var faults []byte
	if err := row.Scan(&s.ID, &s.Source, &s.EventID, &s.Type, &s.Code, &faults, &s.Body, &s.ReceivedAt); err != nil {
		return s, err
	}
	return s, json.Unmarshal(faults, &s.Errors)
}

// RejectedCounts counts what intake refused since an instant, the most frequent first.
func (f *Failures) RejectedCounts(ctx context.Context, since time.Time) ([]models.RejectedCount, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT source, type, code, sum(count)::bigint, max(minute) FROM rejected_counts
		WHERE minute >= $1 GROUP BY source, type, code ORDER BY 4 DESC, source LIMIT 200`, since)
	if err != nil {
		return nil, fmt.Errorf("count the refused events: %w", err)
	}
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[models.RejectedCount])
	if err != nil {
		return nil, fmt.Errorf("count the refused events: %w", err)
	}
	return counts, nil
}
