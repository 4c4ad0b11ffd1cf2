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
	pollAnswered = `
		INSERT INTO polls AS p (key_id, entities, dcs, polled_at, known_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (key_id, entities, dcs) DO UPDATE SET
			polled_at = excluded.polled_at, known_at = coalesce(excluded.known_at, p.known_at), gone_at = NULL`
	pollGone = `
		INSERT INTO polls AS p (key_id, entities, dcs, gone_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (key_id, entities, dcs) DO UPDATE SET gone_at = coalesce(p.gone_at, excluded.gone_at)`
)

// Note keeps a poll. One that was answered ends what an expired token began.
func (p *Polls) Note(ctx context.Context, poll models.Poll) error {
	statement, args := pollGone, []any{poll.Key.ID, strings.Join(poll.Filter.Entities, ","), strings.Join(poll.Filter.DCs, ","), poll.At}
	if !poll.Gone {
		statement, args = pollAnswered, append(args, poll.Known)
	}
	if _, err := p.db.Pool.Exec(ctx, statement, args...); err != nil {
		return fmt.Errorf("note a poll of %s: %w", poll.Key.Source, err)
	}
	return nil
}

// BeganAnew notes that a key's owner has exported a whole entity, of the DCs of
// the filter: who polls for it with that key no longer needs its expired token.
func (p *Polls) BeganAnew(ctx context.Context, key models.APIKey, exported models.ChangeFilter) error {
	// A row that was never polled says nothing once its 410 is over.
	_, err := p.db.Pool.Exec(ctx, `
		WITH over AS (
			SELECT key_id, entities, dcs FROM polls
			WHERE key_id = $1 AND dcs = $2 AND gone_at IS NOT NULL AND (entities = '' OR string_to_array(entities, ',') && $3::text[])
		), forgotten AS (
			DELETE FROM polls p USING over o WHERE (p.key_id, p.entities, p.dcs) = (o.key_id, o.entities, o.dcs) AND p.polled_at IS NULL
		)
		UPDATE polls p SET gone_at = NULL FROM over o
		WHERE (p.key_id, p.entities, p.dcs) = (o.key_id, o.entities, o.dcs) AND p.polled_at IS NOT NULL`,
		key.ID, strings.Join(exported.DCs, ","), exported.Entities)
	if err != nil {
		return fmt.Errorf("note that %s began anew: %w", key.Source, err)
	}
	return nil
}

// Consumers lists who polls with keys that are honoured, by source.
func (p *Polls) Consumers(ctx context.Context) ([]models.PollingConsumer, error) {
	const what = "read who polls"
	rows, err := p.db.Pool.Query(ctx, `
		SELECT k.source, k.prefix, p.entities, p.dcs, p.polled_at, p.known_at, p.gone_at
		FROM polls p JOIN api_keys k ON k.id = p.key_id
		WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
		ORDER BY k.source, k.prefix, p.entities, p.dcs LIMIT $1`, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, c *models.PollingConsumer) error {
		return row.Scan(&c.Source, &c.Prefix, &c.Entities, &c.DCs, &c.PolledAt, &c.KnownAt, &c.GoneAt)
	})
}
