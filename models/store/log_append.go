package store

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"throughline/models"
)

// Digest is a 128-bit hash.
type Digest [16]byte

// Entry is an event to append: Hash identifies it, over source and id;
// Fingerprint its content. Seq and ReceivedAt of the event are set by Append.
type Entry struct {
	models.Event
	Hash        Digest
	Fingerprint Digest
}

// lockLane serialises the appends of a lane until their commit, so that
// sequence numbers become visible in their order. It is a statement of its own:
// the one that follows takes its snapshot and stamps its time under the lock.
const lockLane = `SELECT pg_advisory_xact_lock(CASE $1 WHEN 'bulk' THEN 7811607 ELSE 7811606 END)`

// appendEntries numbers the entries in their order, claims the keys in the
// order of their hashes (two processes would deadlock otherwise), and logs and
// counts those that were new. An entry must be there once. The arrays are
// unnested in the select list, in step: in FROM each of them would go through a
// tuple store of its own, which costs a tenth of all that the statement does.
const appendEntries = `
WITH input AS MATERIALIZED (
	SELECT nextval('event_seq') AS seq, i.* FROM (SELECT
		unnest($2::uuid[]) AS hash,
		unnest($3::uuid[]) AS fingerprint,
		unnest($4::smallint[]) AS shard,
		unnest($5::timestamptz[]) AS occurred_at,
		unnest($6::text[]) AS source,
		unnest($7::text[]) AS event_id,
		unnest($8::text[]) AS type,
		unnest($9::text[]) AS subject,
		unnest($10::text[]) AS key,
		unnest($11::text[]) AS item,
		unnest($12::text[]) AS dc,
		unnest($13::text[]) AS trace_id,
		unnest($14::boolean[]) AS conflict,
		unnest($15::text[]) AS extensions,
		unnest($16::text[]) AS data) AS i
), fresh AS (
	INSERT INTO event_keys (hash, fingerprint, seq, shard, received_at)
	SELECT hash, fingerprint, seq, shard, statement_timestamp() FROM input ORDER BY hash
	ON CONFLICT (hash) DO NOTHING
	RETURNING hash, seq
), logged AS (
	INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, subject,
		key, item, dc, trace_id, conflict, extensions, data)
	SELECT seq, shard, statement_timestamp(), occurred_at, source, event_id, type, subject,
		key, item, dc, trace_id, conflict, nullif(extensions, ''), data
	FROM input JOIN fresh USING (seq)
	RETURNING source, event_id
), counted AS (
	INSERT INTO books_received AS b (source, lane, received, polled)
	SELECT source, $1, count(*), count(*) FILTER (WHERE starts_with(event_id, '` + models.PolledID + `')) FROM logged GROUP BY source ORDER BY source
	ON CONFLICT (source, lane) DO UPDATE SET received = b.received + excluded.received, polled = b.polled + excluded.polled
)
SELECT hash, seq FROM fresh`

// Append writes the entries that are not in the log yet and returns the
// sequence number of each of those by its hash; an entry that is missing there
// was known before. All entries must be of the lane and no hash may come twice.
// When Append returns without an error they are durable, else none of them may
// be counted on: after a lost connection the same entries may be appended again.
func (l *Log) Append(ctx context.Context, lane models.Lane, entries []Entry) (map[Digest]int64, error) {
	conn, err := l.db.Pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("append to the log: %w", err)
	}
	defer conn.Release()
	fresh, err := runAppend(ctx, conn.Conn(), lane, entries)
	if err != nil {
		return nil, fmt.Errorf("append %d events to the log: %w", len(entries), err)
	}
	return fresh, nil
}

// runAppend sends lock and insert in one round trip: without BEGIN they are one
// transaction that the final sync commits, and the lock is held no longer than
// the server needs.
func runAppend(ctx context.Context, conn *pgx.Conn, lane models.Lane, entries []Entry) (map[Digest]int64, error) {
	lock, err := conn.Prepare(ctx, "log_lock", lockLane)
	if err != nil {
		return nil, err
	}
	insert, err := conn.Prepare(ctx, "log_append", appendEntries)
	if err != nil {
		return nil, err
	}
	inBinary := []int16{pgx.BinaryFormatCode}
	p := conn.PgConn().StartPipeline(ctx)
	p.SendQueryStatement(lock, [][]byte{[]byte(lane)}, inBinary, nil)
	p.SendQueryStatement(insert, appendParameters(lane, entries), inBinary, inBinary)
	fresh := make(map[Digest]int64, len(entries))
	err = p.Sync()
	if err == nil {
		err = readAppend(p, fresh)
	}
	if closing := p.Close(); err == nil {
		err = closing
	}
	return fresh, err
}

// readAppend reads the results up to the sync, which tells that the transaction has committed.
func readAppend(p *pgconn.Pipeline, fresh map[Digest]int64) error {
	for {
		results, err := p.GetResults()
		if err != nil {
			return err
		}
		switch r := results.(type) {
		case *pgconn.ResultReader:
			for r.NextRow() {
				if row := r.Values(); len(row) == 2 {
					fresh[Digest(row[0])] = int64(binary.BigEndian.Uint64(row[1]))
				}
			}
			if _, err := r.Close(); err != nil {
				return err
			}
		case *pgconn.PipelineSync:
			return nil
		default:
			return fmt.Errorf("the database ended the pipeline without a commit (%T)", results)
		}
	}
}
