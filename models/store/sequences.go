package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// writeArrivals appends numbers that have come; one that comes twice is one number.
func writeArrivals(b *pgx.Batch, arrivals []models.SequenceArrivals) {
	if len(arrivals) == 0 {
		return
	}
	type row = models.SequenceArrivals
	b.Queue(`
		INSERT INTO sequence_arrivals (source, series, numbers)
		SELECT source, series, numbers::int8multirange FROM unnest($1::text[], $2::text[], $3::text[]) AS u (source, series, numbers)`,
		column(arrivals, func(r *row) string { return r.Source }), column(arrivals, func(r *row) string { return r.Series }),
		column(arrivals, func(r *row) string { return multirange(r.Numbers) }))
}

// multirange is a literal of which Postgres joins what is adjacent.
func multirange(numbers []int64) string {
	text := []byte{'{'}
	for i := 0; i < len(numbers); {
		end := i + 1
		for end < len(numbers) && numbers[end] == numbers[end-1]+1 {
			end++
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(append(text, '['), numbers[i], 10)
		text = append(strconv.AppendInt(append(text, ','), numbers[end-1], 10), ']')
		i = end
	}
	return string(append(text, '}'))
}

// Sequences keeps which numbers of each counted series were seen, and the holes
// between them. It is safe for concurrent use.
type Sequences struct{ db *DB }

// NewSequences works on db.
func NewSequences(db *DB) *Sequences { return &Sequences{db: db} }

const (
	// sequenceLock keeps two processes from folding at once.
	sequenceLock = 0x746c736571
	foldArrivals = 5000
	// holesKept bounds the state of a series: older holes are given up, once they
	// are too old to be what one lane has yet to take while another goes ahead.
	holesKept   = 1000
	giveUpAfter = time.Hour
)

// Fold takes the arrivals of committed batches into the series and tells the
// holes anew; more says that there may be others. A union of sets is the same
// in any order and however often it is made. A process that finds another at it
// leaves it to that one.
func (s *Sequences) Fold(ctx context.Context, now time.Time) (more bool, err error) {
	err = pgx.BeginFunc(ctx, s.db.Pool, func(tx pgx.Tx) error {
		var mine bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, int64(sequenceLock)).Scan(&mine); err != nil || !mine {
			return err
		}
		var taken int
		var sources, series []string
		err := tx.QueryRow(ctx, `
			WITH taken AS (
				DELETE FROM sequence_arrivals WHERE id IN (SELECT id FROM sequence_arrivals ORDER BY id LIMIT $1)
				RETURNING source, series, numbers
			), grown AS (
				INSERT INTO sequences AS s (source, series, seen)
				SELECT source, series, range_agg(numbers) FROM taken GROUP BY source, series
				ON CONFLICT (source, series) DO UPDATE SET seen = s.seen + EXCLUDED.seen
				RETURNING source, series
			)
			SELECT (SELECT count(*) FROM taken), coalesce(array_agg(source), '{}'), coalesce(array_agg(series), '{}') FROM grown`,
			foldArrivals).Scan(&taken, &sources, &series)
		if err != nil || taken == 0 {
			return err
		}
		more = taken == foldArrivals
		return tellHoles(ctx, tx, sources, series, now)
	})
	if err != nil {
		return false, fmt.Errorf("fold the sequences: %w", err)
	}
	return more, nil
}

// holesOf are the ranges between the seen numbers of the series in $1 and $2.
const holesOf = `holes AS (
	SELECT source, series, unnest(int8multirange(range_merge(seen)) - seen) AS hole
	FROM sequences JOIN unnest($1::text[], $2::text[]) AS grown (source, series) USING (source, series)
)`

func tellHoles(ctx context.Context, tx pgx.Tx, sources, series []string, now time.Time) error {
	b := &pgx.Batch{}
	b.Queue(`
		WITH `+holesOf+`, ranked AS (
			SELECT source, series, hole, row_number() OVER (PARTITION BY source, series ORDER BY hole DESC) AS place FROM holes
		), given_up AS (
			SELECT source, series, max(upper(hole)) AS upto, sum(upper(hole) - lower(hole)) AS numbers
			FROM ranked r JOIN sequence_gaps g USING (source, series)
			WHERE r.place > $3 AND g.last = upper(r.hole) - 1 AND g.since < $4 GROUP BY source, series
		)
		UPDATE sequences s SET seen = s.seen + int8multirange(int8range(lower(s.seen), g.upto)), given_up = s.given_up + g.numbers
		FROM given_up g WHERE s.source = g.source AND s.series = g.series`, sources, series, holesKept, now.Add(-giveUpAfter))
	b.Queue(tellHolesSQL, sources, series, now)
	return tx.SendBatch(ctx, b).Close()
}

// tellHolesSQL takes the age of a hole from the one that it is a part of: holes
// only shrink, so that is the first to end where it ends or later. Looking for
// just that one keeps the cost a step for each hole, of which one lane that is
// far behind the other leaves thousands.
const tellHolesSQL = `
		WITH ` + holesOf + `, gone AS (
			DELETE FROM sequence_gaps g USING unnest($1::text[], $2::text[]) AS grown (source, series)
			WHERE g.source = grown.source AND g.series = grown.series AND NOT EXISTS (
				SELECT FROM holes h WHERE h.source = g.source AND h.series = g.series AND upper(h.hole) - 1 = g.last)
		)
		INSERT INTO sequence_gaps (source, series, first, last, since)
		SELECT h.source, h.series, lower(h.hole), upper(h.hole) - 1, coalesce(
			(SELECT CASE WHEN g.first <= lower(h.hole) THEN g.since END FROM sequence_gaps g
				WHERE g.source = h.source AND g.series = h.series AND g.last >= upper(h.hole) - 1 ORDER BY g.last LIMIT 1), $3)
		FROM holes h
		ON CONFLICT (source, series, last) DO UPDATE SET first = EXCLUDED.first
			WHERE sequence_gaps.first <> EXCLUDED.first`

// StandingGap is a hole that has outlived its grace.
type StandingGap struct {
	models.SequenceGap
	System  string // kind of the source; empty when it is not known
	Since   time.Time
	GivenUp int64 // older numbers of the series that are looked for no longer
}

// SequenceGaps are the holes that did not close within a grace, the oldest first.
// A hole whose events may lie in the log, not yet applied, is none, nor is one
// of which all numbers came and are not yet folded; nor is one
// that opened while its source was asked to keep some of its events, until it
// has had the time to send them.
func (c *Conditions) SequenceGaps(ctx context.Context, now time.Time, grace time.Duration) ([]StandingGap, error) {
	rows, err := c.db.Pool.Query(ctx, `
		WITH pending AS (
			SELECT coalesce(min(e.received_at), 'infinity') AS oldest FROM shard_cursors c CROSS JOIN LATERAL (
				SELECT received_at FROM events WHERE shard = c.shard AND seq > c.seq AND received_at >= c.day ORDER BY seq LIMIT 1) e
		), arrived AS (SELECT source, series, range_agg(numbers) AS numbers FROM sequence_arrivals GROUP BY source, series)
		SELECT g.source, g.series, g.first, g.last, coalesce(o.system, ''), g.since, s.given_up
		FROM pending, sequence_gaps g JOIN sequences s USING (source, series) LEFT JOIN sources o USING (source) LEFT JOIN arrived a USING (source, series)
		WHERE NOT EXISTS (SELECT FROM pauses p WHERE p.kind = 'flow' AND starts_with(p.name, g.source || ':') AND g.since >= p.since - interval '1 minute' AND p.since <= $1::timestamptz + $2::interval
				AND coalesce(p.ends > $1::timestamptz - interval '1 minute', true))
			AND g.since <= $1 AND g.since + $2::interval < pending.oldest
			AND NOT coalesce(a.numbers @> int8range(g.first, g.last, '[]'), false)
		ORDER BY g.since, g.source, g.series, g.last LIMIT $3`, now.Add(-grace), grace, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("read the gaps in sequences: %w", err)
	}
	return collectBounded(ctx, rows, "read the gaps in sequences", func(row pgx.CollectableRow, g *StandingGap) error {
		return row.Scan(&g.Source, &g.Series, &g.First, &g.Last, &g.System, &g.Since, &g.GivenUp)
	})
}
