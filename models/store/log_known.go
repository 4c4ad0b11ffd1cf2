package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// KnownKey is what the log holds under a hash.
type KnownKey struct {
	Fingerprint Digest
	Seq         int64
}

// Known looks up entries that Append did not take. It must run after Append
// has returned: the statement that found the keys taken cannot see what
// committed while it waited for them.
func (l *Log) Known(ctx context.Context, hashes []Digest) (map[Digest]KnownKey, error) {
	rows, err := l.db.Pool.Query(ctx, `
		SELECT hash, fingerprint, seq FROM event_keys WHERE hash = ANY($1::uuid[])`, hashes)
	if err != nil {
		return nil, fmt.Errorf("look up known events: %w", err)
	}
	known := make(map[Digest]KnownKey, len(hashes))
	var hash [16]byte
	var k struct {
		fingerprint [16]byte
		seq         int64
	}
	_, err = pgx.ForEachRow(rows, []any{&hash, &k.fingerprint, &k.seq}, func() error {
		known[hash] = KnownKey{Fingerprint: k.fingerprint, Seq: k.seq}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up known events: %w", err)
	}
	return known, nil
}

// CountDuplicates adds to the duplicates in the books, which are beside the
// balance: no invariant depends on them.
func (l *Log) CountDuplicates(ctx context.Context, lane models.Lane, bySource map[string]int64) error {
	sources, counts := make([]string, 0, len(bySource)), make([]int64, 0, len(bySource))
	for source, n := range bySource {
		sources, counts = append(sources, source), append(counts, n)
	}
	_, err := l.db.Pool.Exec(ctx, `
		INSERT INTO books_received AS b (source, lane, duplicate)
		SELECT source, $1, n FROM unnest($2::text[], $3::bigint[]) AS d (source, n) ORDER BY source
		ON CONFLICT (source, lane) DO UPDATE SET duplicate = b.duplicate + excluded.duplicate`, string(lane), sources, counts)
	if err != nil {
		return fmt.Errorf("count duplicates: %w", err)
	}
	return nil
}
