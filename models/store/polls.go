package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Polls remembers how far the consumers that poll have come. It is safe for
// concurrent use.
type Polls struct{ db *DB }

// NewPolls works through db.
func NewPolls(db *DB) *Polls { return &Polls{db: db} }

const (
	// Between a 410 and the exports nothing moves, so that what the one without data
	// has read stays told, but for a poll that misses nothing since before the 410.
	pollAnswered = `
		INSERT INTO polls AS p (key_id, entities, dcs, polled_at, known_at, read_to) VALUES ($1, $2, $3, $4, $5, $8)
		ON CONFLICT (key_id, entities, dcs) DO UPDATE SET
			polled_at = excluded.polled_at, known_at = coalesce(excluded.known_at, p.known_at), read_to = ` + pollReadTo + `, gone_at = NULL, missing = '{}'
		WHERE p.gone_at IS NULL OR $6 AND (cardinality(p.missing) = 0 OR ` + pollMissesNothing + `)`
	// The farthest place of each shard. A poll that does not go on from a token is a
	// trial or a beginning that leaves a gap: it tells nothing of what was read.
	pollReadTo = `CASE WHEN NOT $6 THEN p.read_to ELSE (
		SELECT jsonb_agg(farthest) FROM (
			SELECT DISTINCT ON (shard) shard, pos, seq
			FROM jsonb_to_recordset(coalesce(p.read_to, '[]') || excluded.read_to) AS was_read (shard smallint, pos bigint, seq bigint)
			ORDER BY shard, pos DESC, seq DESC) AS farthest) END`
	// Whether the places $7 are in no shard beyond those that were read before.
	pollMissesNothing = `jsonb_array_length($7::jsonb) > 0 AND NOT EXISTS (
		SELECT FROM jsonb_to_recordset($7::jsonb) AS goes_on (shard smallint, pos bigint, seq bigint)
		LEFT JOIN jsonb_to_recordset(p.read_to) AS was_read (shard smallint, pos bigint, seq bigint) USING (shard)
		WHERE was_read.shard IS NULL OR (goes_on.pos, goes_on.seq) > (was_read.pos, was_read.seq))`
	pollGone = `
		INSERT INTO polls AS p (key_id, entities, dcs, gone_at, missing) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (key_id, entities, dcs) DO UPDATE SET gone_at = excluded.gone_at, missing = excluded.missing
		WHERE p.gone_at IS NULL`
	// An export's token is of one entity: who polled for several goes on with others.
	pollSucceeded = `
		DELETE FROM polls p WHERE key_id = $1 AND (entities, dcs) <> ($2, $3) AND gone_at IS NOT NULL AND cardinality(missing) = 0
			AND (entities = '' OR string_to_array(entities, ',') && string_to_array($2, ',')) AND ` + pollWithin
	// Whether all DCs of a row are among those of $3.
	pollWithin = `($3 = '' OR p.dcs <> '' AND string_to_array(p.dcs, ',') <@ string_to_array($3, ','))`
)

// Note keeps a poll. One that went on from a token ends what an expired token
// began, once the exports have been read, or where it goes on from what was read
// before: somebody has sent an old token by mistake.
func (p *Polls) Note(ctx context.Context, poll models.Poll) error {
	key, entities, dcs := poll.Key.ID, strings.Join(poll.Filter.Entities, ","), strings.Join(poll.Filter.DCs, ",")
	b := &pgx.Batch{}
	if poll.Gone {
		b.Queue(pollGone, key, entities, dcs, poll.At, poll.Filter.EntitiesFor(poll.Key))
	} else {
		b.Queue(pollAnswered, key, entities, dcs, poll.At, poll.Known, poll.GoesOn,
			append([]models.ChangePlace{}, poll.From...), append([]models.ChangePlace{}, poll.To...))
	}
	if poll.GoesOn && !poll.Gone {
		b.Queue(pollSucceeded, key, entities, dcs)
	}
	if err := p.db.Pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("note a poll of %s: %w", poll.Key.Source, err)
	}
	return nil
}

// Exported notes that a key's owner has read an export of entities to its end:
// who polls with that key for them, at no other DCs, may go on from its token.
func (p *Polls) Exported(ctx context.Context, key models.APIKey, exported models.ChangeFilter) error {
	_, err := p.db.Pool.Exec(ctx, `
		UPDATE polls p SET missing = ARRAY(SELECT unnest(missing) EXCEPT SELECT unnest($2::text[]))
		WHERE key_id = $1 AND missing && $2 AND `+pollWithin,
		key.ID, exported.Entities, strings.Join(exported.DCs, ","))
	if err != nil {
		return fmt.Errorf("note an export of %s: %w", key.Source, err)
	}
	return nil
}

// Consumers lists who polls with keys that are honoured, by source.
func (p *Polls) Consumers(ctx context.Context) ([]models.PollingConsumer, error) {
	const what = "read who polls"
	rows, err := p.db.Pool.Query(ctx, `
		SELECT k.source, k.prefix, p.entities, p.dcs, p.polled_at, p.known_at, p.gone_at, p.gone_at IS NOT NULL AND cardinality(p.missing) = 0
		FROM polls p JOIN api_keys k ON k.id = p.key_id
		WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
		ORDER BY k.source, k.prefix, p.entities, p.dcs LIMIT $1`, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, c *models.PollingConsumer) error {
		return row.Scan(&c.Source, &c.Prefix, &c.Entities, &c.DCs, &c.PolledAt, &c.KnownAt, &c.GoneAt, &c.Exported)
	})
}
