package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Books reads the account of every accepted event (invariant 5). It is safe for concurrent use.
type Books struct{ db *DB }

// NewBooks makes the reader of the books.
func NewBooks(db *DB) *Books { return &Books{db: db} }

// Read gives the books of each source, in the order of their names, and their
// total, as they stood at one instant. Received is counted by the appender, the
// four outcomes by whoever decided them, and pending is what is found: events
// behind the cursors and events that are held or waiting.
func (b *Books) Read(ctx context.Context) (models.Books, error) {
	return b.collect(ctx, `
		WITH counted (source, received, duplicate, applied, superseded, parked, discarded, pending) AS (
			SELECT source, received, duplicate, 0, 0, 0, 0, 0 FROM books_received
			UNION ALL
			SELECT source, 0, 0, applied, superseded, parked, discarded, 0 FROM books_decided
			UNION ALL
			SELECT source, 0, 0, 0, 0, 0, 0, count(*) FROM unsettled_events WHERE state <> 'parked' GROUP BY source
			UNION ALL
			SELECT ahead.source, 0, 0, 0, 0, 0, 0, ahead.events
			FROM shard_cursors c CROSS JOIN LATERAL (
				SELECT source, count(*) AS events FROM events e
				WHERE e.shard = c.shard AND e.seq > c.seq AND e.received_at >= c.day - 1 GROUP BY source
			) ahead
		)`)
}

// Audit recounts the books from the effects: the log itself, the change log,
// and the rows of events that did not simply pass, with what retention took
// away before. A source for which it differs from Read has lost or doubled
// something (PLT-06). It reads the whole log; duplicates leave no effect and
// are as the appender counted them.
func (b *Books) Audit(ctx context.Context) (models.Books, error) { return b.collect(ctx, recountSQL) }

// eventsOfChange are the events e that a row ch of the change log took into
// effect, found by walking the index of the log. Joined as a range the planner
// sorts both sides by their shard, and each change meets the whole log.
const eventsOfChange = `CROSS JOIN LATERAL (
				SELECT * FROM events e WHERE e.shard = ch.shard AND e.seq BETWEEN ch.from_seq AND ch.to_seq
					AND e.received_at BETWEEN ch.first_received AND ch.last_received AND e.seq <> ALL (ch.left_out) OFFSET 0
			) e`

const recountSQL = `
		WITH counted (source, received, duplicate, applied, superseded, parked, discarded, pending) AS (
			SELECT source, 0, duplicate, 0, 0, 0, 0, 0 FROM books_received
			UNION ALL
			SELECT source, received, 0, applied, superseded, 0, 0, 0 FROM books_retired
			UNION ALL
			SELECT source, count(*), 0, 0, 0, 0, 0, 0 FROM events GROUP BY source
			UNION ALL
			SELECT e.source, 0, 0, count(*), 0, 0, 0, 0
			FROM changes ch ` + eventsOfChange + `
			WHERE ch.kind = 'batch' GROUP BY e.source
			UNION ALL
			SELECT source, 0, 0, count(*) FILTER (WHERE outcome = 'applied'), count(*) FILTER (WHERE outcome = 'superseded'), 0,
				count(*) FILTER (WHERE outcome = 'discarded'), 0
			FROM settled_events GROUP BY source
			UNION ALL
			SELECT source, 0, 0, 0, 0, count(*) FILTER (WHERE state = 'parked'), 0, count(*) FILTER (WHERE state <> 'parked')
			FROM unsettled_events GROUP BY source
			UNION ALL
			SELECT e.source, 0, 0, 0, 0, 0, 0, count(*)
			FROM events e JOIN shard_cursors c USING (shard) WHERE e.seq > c.seq GROUP BY e.source
		)`

const sumBySource = `
		SELECT source, sum(received)::bigint, sum(duplicate)::bigint, sum(applied)::bigint, sum(superseded)::bigint,
			sum(parked)::bigint, sum(discarded)::bigint, sum(pending)::bigint
		FROM counted GROUP BY source ORDER BY source`

// collect sums the counted rows of one statement, which sees one instant, by source.
func (b *Books) collect(ctx context.Context, with string) (models.Books, error) {
	rows, err := b.db.Pool.Query(ctx, with+sumBySource)
	if err != nil {
		return models.Books{}, fmt.Errorf("read the books: %w", err)
	}
	var books models.Books
	var s models.SourceBooks
	_, err = pgx.ForEachRow(rows, []any{&s.Source, &s.Received, &s.Duplicate, &s.Applied, &s.Superseded, &s.Parked, &s.Discarded, &s.Pending},
		func() error {
			books.Sources = append(books.Sources, s)
			books.Total.Add(s.BookCounts)
			return nil
		})
	if err != nil {
		return models.Books{}, fmt.Errorf("read the books: %w", err)
	}
	return books, nil
}
