package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Bounds of one page. Rows bound how much is scanned for a filter that leaves
// out nearly everything.
const (
	pageRows  = 200
	pageBytes = 8 << 20
)

// RestoreGap is by how many positions at least the change log goes further after a
// restore, so that none is given again that the lost tower may have given.
const RestoreGap = 1_000_000_000

var snapshot = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

// Since reads what took effect after a place, from one snapshot: each shard in
// the order in which it did, the shards merged by position. A page ends
// anywhere, also inside a batch. CodeGone says that retention, or a restored
// backup, has broken the way from the place to now.
func (c *Changes) Since(ctx context.Context, q models.ChangeQuery) (models.ChangePage, error) {
	var page models.ChangePage
	err := pgx.BeginTxFunc(ctx, c.db.Pool, snapshot, func(tx pgx.Tx) error {
		// Before the snapshot is taken: no partition goes while the page is read.
		if _, err := tx.Exec(ctx, `LOCK TABLE events IN ACCESS SHARE MODE`); err != nil {
			return err
		}
		places, err := placesFrom(ctx, tx, q)
		if err != nil || q.Latest {
			page.Next = places
			return err
		}
		r := sinceReader{tx: tx, query: q, page: &page, places: map[int16]*models.ChangePlace{}}
		for i := range places {
			r.places[places[i].Shard] = &places[i]
		}
		page.Next = places
		return r.read(ctx)
	})
	if err != nil {
		return models.ChangePage{}, fmt.Errorf("read the changes since a place: %w", err)
	}
	return page, nil
}

// shardEnds are the first and the last place of a shard, and whether the one that
// was given is one of this log.
type shardEnds struct {
	shard           int16
	horizon, newest int64
	known           bool
}

// placesFrom is where each shard is read from, in the order of the shards.
func placesFrom(ctx context.Context, tx pgx.Tx, q models.ChangeQuery) ([]models.ChangePlace, error) {
	given := make(map[int16]models.ChangePlace, len(q.After))
	for _, p := range q.After {
		given[p.Shard] = p
	}
	ends, err := endsOf(ctx, tx, slices.Collect(maps.Values(given)))
	if err != nil {
		return nil, err
	}
	places := make([]models.ChangePlace, len(ends))
	for i, e := range ends {
		p, named := given[e.shard]
		delete(given, e.shard)
		switch {
		case q.Latest:
			p = models.ChangePlace{Pos: e.newest}
		case !named && len(q.After) == 0:
			p = models.ChangePlace{Pos: e.horizon}
		case p.Pos < e.horizon || !e.known:
			return nil, gone()
		}
		p.Shard = e.shard
		places[i] = p
	}
	if len(given) > 0 {
		return nil, gone()
	}
	return places, nil
}

func gone() error {
	return models.Errorf(models.CodeGone, "The changes after this delta token are no longer kept, or were lost when the tower was restored from a backup. "+
		"Read the export again and go on from its token.")
}

// endsOf looks for each given place in the log itself: after a restore there are
// tokens of a log that went on from the backup in another way. A place within a row
// is right before that row, or at an older row where no restore lies between them.
func endsOf(ctx context.Context, tx pgx.Tx, given []models.ChangePlace) ([]shardEnds, error) {
	rows, err := tx.Query(ctx, `
		SELECT s.shard, coalesce(h.pos, 0), greatest(coalesce(h.pos, 0), coalesce((SELECT max(pos) FROM changes ch WHERE ch.shard = s.shard), 0)),
			g.pos IS NULL OR (g.pos = coalesce(h.pos, 0) OR EXISTS (SELECT FROM changes ch WHERE ch.shard = s.shard AND ch.pos IN (g.pos, g.pos + (g.seq > 0)::int)))
				AND (g.seq = 0 OR EXISTS (SELECT FROM (SELECT * FROM changes ch WHERE ch.shard = s.shard AND ch.pos > g.pos ORDER BY ch.pos LIMIT 1) following
					WHERE g.seq BETWEEN from_seq AND to_seq AND following.pos < g.pos + $4))
		FROM shard_cursors s LEFT JOIN change_horizons h USING (shard)
		LEFT JOIN unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS g (shard, pos, seq) USING (shard) ORDER BY s.shard`,
		column(given, func(p *models.ChangePlace) int16 { return p.Shard }), column(given, func(p *models.ChangePlace) int64 { return p.Pos }),
		column(given, func(p *models.ChangePlace) int64 { return p.Seq }), int64(RestoreGap))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e shardEnds, err error) {
		return e, row.Scan(&e.shard, &e.horizon, &e.newest, &e.known)
	})
}

// sinceReader fills one page.
type sinceReader struct {
	tx     pgx.Tx
	query  models.ChangeQuery
	page   *models.ChangePage
	places map[int16]*models.ChangePlace
	bytes  int
}

func (r *sinceReader) read(ctx context.Context) error {
	rows, err := r.rows(ctx)
	if err != nil {
		return err
	}
	for i := range rows {
		if i == pageRows || r.full() {
			r.page.More = true
			return nil
		}
		if err := r.expand(ctx, &rows[i]); err != nil {
			return err
		}
		if r.page.More {
			return nil
		}
	}
	return nil
}

func (r *sinceReader) full() bool {
	return len(r.page.Changes) >= r.query.Limit || r.bytes >= pageBytes
}

func (r *sinceReader) rows(ctx context.Context) ([]changeRow, error) {
	var shards []int16
	var after []int64
	for _, p := range r.page.Next {
		shards, after = append(shards, p.Shard), append(after, p.Pos)
	}
	rows, err := r.tx.Query(ctx, `
		SELECT ch.* FROM unnest($1::smallint[], $2::bigint[]) AS p (shard, pos) CROSS JOIN LATERAL (
			SELECT shard, pos, kind, from_seq, to_seq, left_out, first_received, last_received, applied_at, events
			FROM changes c WHERE c.shard = p.shard AND c.pos > p.pos ORDER BY c.pos LIMIT $3
		) AS ch ORDER BY ch.pos LIMIT $3`, shards, after, pageRows+1)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (w changeRow, err error) {
		return w, row.Scan(&w.shard, &w.pos, &w.kind, &w.from, &w.to, &w.leftOut, &w.first, &w.last, &w.appliedAt, &w.events)
	})
}

// expand adds a row's events and moves its shard's place past what was taken.
func (r *sinceReader) expand(ctx context.Context, row *changeRow) error {
	place := r.places[row.shard]
	if row.events > 0 {
		rows, err := r.events(ctx, row, place.Seq)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if r.full() {
				r.page.More = true
				return nil
			}
			change, err := scanChanged(rows, row)
			if err != nil {
				return err
			}
			r.page.Changes = append(r.page.Changes, change)
			r.bytes += len(change.Data) + len(change.Extensions)
			place.Pos, place.Seq = row.pos-1, change.Seq // right before its row, whatever gap lies before that
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	place.Pos, place.Seq = row.pos, 0
	return nil
}

// stockAfter is what the ledger says of a stock fact; its version finds the row by the ledger's one index.
const stockAfter = `LEFT JOIN LATERAL (
	SELECT trim_scale(m.on_hand)::text AS on_hand, trim_scale(m.allocated)::text AS allocated FROM stock_movements m
	WHERE e.type IN ('throughline.inventory.balance.v1', 'throughline.inventory.movement.v1')
		AND m.item = e.item AND m.dc = e.dc AND m.version = (e.data::json ->> 'version')::bigint AND m.seq = e.seq
) AS stock ON true`

const changedColumns = `e.seq, e.shard, e.received_at, e.occurred_at, e.source, e.event_id, e.type, e.subject, e.key, e.item, e.dc, e.trace_id,
	e.conflict, coalesce(e.extensions, ''), e.data, coalesce(stock.on_hand, ''), coalesce(stock.allocated, '')`

const wanted = `e.seq > $1 AND (cardinality($2::text[]) = 0 OR e.type = ANY ($2)) AND (cardinality($3::text[]) = 0 OR e.dc = '' OR e.dc = ANY ($3))`

func (r *sinceReader) events(ctx context.Context, row *changeRow, after int64) (pgx.Rows, error) {
	types, dcs := texts(r.query.Filter.Types), texts(r.query.Filter.DCs)
	if row.kind == "replay" {
		return r.tx.Query(ctx, `
			SELECT `+changedColumns+` FROM (SELECT p.*, s.shard, s.source FROM settled_payloads p JOIN settled_events s USING (seq) WHERE seq = $4) AS e
			`+stockAfter+` WHERE `+wanted, after, types, dcs, row.from)
	}
	limit := r.query.Limit - len(r.page.Changes) + 1
	return r.tx.Query(ctx, `
		SELECT `+changedColumns+` FROM (
			SELECT * FROM events e WHERE shard = $4 AND seq BETWEEN $5 AND $6 AND received_at BETWEEN $7 AND $8 AND seq <> ALL ($9)
				AND `+wanted+` ORDER BY seq LIMIT $10
		) AS e `+stockAfter+` ORDER BY e.seq`,
		after, types, dcs, row.shard, row.from, row.to, row.first, row.last, row.leftOut, limit)
}
