package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Ahead is a part of what a consumer has not seen.
type Ahead struct {
	Changes []Change // those that were asked for
	More    bool     // follows, at which it was not looked
}

// AheadQuery says of what a consumer has not seen what is wanted.
type AheadQuery struct {
	Types    []models.EventType
	DCs      []string // those of none come too; empty for all
	Payloads bool     // else the events have none
	Limit    int      // of events looked at in each shard, about
}

// Ahead looks at what follows a consumer's cursors. What a person moved the
// consumer past is left out.
func (c *Changes) Ahead(ctx context.Context, consumer string, q AheadQuery) (Ahead, error) {
	rows, err := c.rows(ctx, consumer, nil, q.Limit)
	if err != nil {
		return Ahead{}, fmt.Errorf("look how far %s is behind: %w", consumer, err)
	}
	var ahead Ahead
	for i := range rows {
		lastOfShard := i+1 == len(rows) || rows[i+1].shard != rows[i].shard
		ahead.More = ahead.More || lastOfShard && rows[i].more
	}
	found, err := c.db.Pool.Query(ctx, `
		SELECT r.pos, r.applied_at, e.seq, e.source, e.type, e.subject, e.item, e.dc, CASE WHEN $6 THEN e.data ELSE '' END FROM unnest($2::smallint[], $3::bigint[]) AS at (shard, pos)
		JOIN changes r USING (shard, pos) JOIN consumer_cursors cc ON cc.consumer = $1 AND cc.shard = at.shard
		CROSS JOIN LATERAL (
			SELECT seq, source, type, subject, item, dc, data FROM events
			WHERE r.kind = 'batch' AND shard = r.shard AND seq BETWEEN r.from_seq AND r.to_seq
				AND received_at BETWEEN r.first_received AND r.last_received AND seq <> ALL (r.left_out)
			UNION ALL
			SELECT seq, source, type, subject, item, dc, data FROM settled_payloads JOIN settled_events USING (seq)
			WHERE r.kind = 'replay' AND seq = r.from_seq) e
		WHERE e.type = ANY ($4) AND (cardinality($5::text[]) = 0 OR e.dc = '' OR e.dc = ANY ($5))
			AND (r.pos, e.seq) > (cc.skipped_pos, cc.skipped_seq)
		ORDER BY r.applied_at`,
		consumer, column(rows, func(r *changeRow) int16 { return r.shard }), column(rows, func(r *changeRow) int64 { return r.pos }), q.Types, append([]string{}, q.DCs...), q.Payloads)
	if err != nil {
		return Ahead{}, fmt.Errorf("read what %s is behind: %w", consumer, err)
	}
	ahead.Changes, err = collect(found, "read what "+consumer+" is behind", func(row pgx.CollectableRow, ch *Change) error {
		return row.Scan(&ch.Pos, &ch.AppliedAt, &ch.Seq, &ch.Source, &ch.Type, &ch.Subject, &ch.Item, &ch.DC, &ch.Data)
	})
	return ahead, err
}
