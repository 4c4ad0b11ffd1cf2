package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// eventsCalledLimit bounds the events that share an id.
const eventsCalledLimit = 20

// eventsCalled finds events by their source's id, whichever source it is, by
// their sequence. Every way is a look into an index; the log is never scanned.
func (c *Chains) eventsCalled(ctx context.Context, text string) ([]models.Event, error) {
	hashes, err := keysOf(ctx, c.db, text)
	if err != nil {
		return nil, err
	}
	seq, _ := strconv.ParseInt(text, 10, 64) // no event has the sequence 0
	rows, err := c.db.Pool.Query(ctx, `
		WITH keys AS (SELECT seq, shard, received_at FROM event_keys WHERE hash = ANY ($1))
		SELECT DISTINCT ON (seq) seq, source, event_id, type, item, dc, data FROM (
			SELECT e.seq, e.source, e.event_id, e.type, e.item, e.dc, e.data FROM keys k
			JOIN events e ON e.shard = k.shard AND e.seq = k.seq AND e.received_at = k.received_at WHERE e.event_id = $2
			UNION ALL
			SELECT seq, source, event_id, type, item, dc, data FROM events
			WHERE $3::bigint > 0 AND shard = ANY (ARRAY(SELECT shard FROM shard_cursors)) AND seq = $3
			UNION ALL
			SELECT seq, source, event_id, type, item, dc, data FROM unsettled_events WHERE event_id = $2
			UNION ALL
			SELECT seq, source, event_id, type, item, dc, data FROM unsettled_events WHERE seq = $3
			UNION ALL
			SELECT p.seq, s.source, p.event_id, p.type, p.item, p.dc, p.data FROM settled_payloads p JOIN settled_events s USING (seq)
			WHERE p.seq = $3 OR p.seq IN (SELECT seq FROM keys)
			UNION ALL
			SELECT seq, source, event_id, type, item, dc, refs FROM event_stubs WHERE event_id = $2 OR seq = $3
		) found ORDER BY seq LIMIT $4`, hashes, text, seq, eventsCalledLimit)
	if err != nil {
		return nil, fmt.Errorf("look for the event %s: %w", text, err)
	}
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e models.Event, err error) {
		return e, row.Scan(&e.Seq, &e.Source, &e.ID, &e.Type, &e.Item, &e.DC, &e.Data)
	})
	if err != nil {
		return nil, fmt.Errorf("look for the event %s: %w", text, err)
	}
	return events, nil
}

// keysOf are the keys that an id has in the log, one for each source.
func keysOf(ctx context.Context, db *DB, id string) ([]Digest, error) {
	rows, err := db.Pool.Query(ctx, `SELECT source FROM sources ORDER BY source`)
	if err != nil {
		return nil, fmt.Errorf("read the sources: %w", err)
	}
	sources, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read the sources: %w", err)
	}
	hashes := make([]Digest, len(sources))
	for i, source := range sources {
		hashes[i] = keyOf(source, id)
	}
	return hashes, nil
}

// keyOf is the key of a source's id in the log.
func keyOf(source, id string) Digest {
	sum := sha256.Sum256([]byte(source + "\x00" + id + "\x00"))
	return Digest(sum[:len(Digest{})])
}
