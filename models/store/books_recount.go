package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// KeepRecount puts what a recount found to differ, in words by source, in the
// place of what the one before found.
func (b *Books) KeepRecount(ctx context.Context, found map[string]string) error {
	sources := slices.AppendSeq([]string{}, maps.Keys(found)) // not nil: NULL would leave all as it was
	differences := make([]string, len(sources))
	for i, source := range sources {
		differences[i] = found[source]
	}
	err := pgx.BeginFunc(ctx, b.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM recount_differences WHERE source <> ALL ($1)`, sources); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO recount_differences (source, difference) SELECT * FROM unnest($1::text[], $2::text[])
			ON CONFLICT (source) DO UPDATE SET difference = excluded.difference, counted_at = excluded.counted_at`, sources, differences)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES ('recounted_at', now()::text) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep what a recount found: %w", err)
	}
	return nil
}

// LastRecount tells what the last recount found to differ, in words by source.
func (b *Books) LastRecount(ctx context.Context) (map[string]string, error) {
	const what = "read what the last recount found"
	rows, err := b.db.Pool.Query(ctx, `SELECT source, difference FROM recount_differences`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	found := map[string]string{}
	var source, difference string
	if _, err := pgx.ForEachRow(rows, []any{&source, &difference}, func() error {
		found[source] = difference
		return nil
	}); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return found, nil
}

// RecountedAt is when the books were last recounted by themselves; zero before the first time.
func (b *Books) RecountedAt(ctx context.Context) (time.Time, error) {
	var at time.Time
	err := b.db.Pool.QueryRow(ctx, `SELECT CAST(value AS timestamptz) FROM settings WHERE name = 'recounted_at'`).Scan(&at)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return at, fmt.Errorf("read when the books were recounted: %w", err)
	}
	return at, nil
}
