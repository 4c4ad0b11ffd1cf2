package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// KeyTroubles holds what goes wrong with API keys at the door. It is safe for
// concurrent use.
type KeyTroubles struct{ db *DB }

// NewKeyTroubles works through db.
func NewKeyTroubles(db *DB) *KeyTroubles { return &KeyTroubles{db: db} }

// spellLasts says whether a call belongs to the spell that is known.
const spellLasts = `excluded.since <= t.last_at + make_interval(secs => CASE WHEN t.kind IN ('throttled', 'scarce') THEN $7::double precision ELSE $8::double precision END)`

// Record adds spells, each to the one of its key and kind that lasts, or in the
// place of one that is over.
func (k *KeyTroubles) Record(ctx context.Context, troubles []models.KeyTrouble) error {
	_, err := k.db.Pool.Exec(ctx, `
		INSERT INTO key_troubles AS t (key_id, kind, since, last_at, calls, spare)
		SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::integer[])
		ON CONFLICT (key_id, kind) DO UPDATE SET
			since = CASE WHEN `+spellLasts+` THEN least(t.since, excluded.since) ELSE excluded.since END,
			calls = CASE WHEN `+spellLasts+` THEN t.calls + excluded.calls ELSE excluded.calls END,
			last_at = greatest(t.last_at, excluded.last_at), spare = excluded.spare`,
		column(troubles, func(t *models.KeyTrouble) int64 { return t.Key.ID }),
		column(troubles, func(t *models.KeyTrouble) string { return string(t.Kind) }),
		column(troubles, func(t *models.KeyTrouble) time.Time { return t.Since }),
		column(troubles, func(t *models.KeyTrouble) time.Time { return t.LastAt }),
		column(troubles, func(t *models.KeyTrouble) int64 { return t.Calls }),
		column(troubles, func(t *models.KeyTrouble) int { return t.Spare }),
		models.TroubleThrottled.Pause().Seconds(), models.TroubleForbidden.Pause().Seconds())
	if err != nil {
		return fmt.Errorf("record trouble with API keys: %w", err)
	}
	return nil
}

// Since lists the spells that showed after a real instant, the newest first.
// Another key takes a key's place when it is honoured at now, real too, and is
// for the same scopes and types or more.
func (k *KeyTroubles) Since(ctx context.Context, after, now time.Time) ([]models.KeyTrouble, error) {
	const what = "read the trouble with API keys"
	rows, err := k.db.Pool.Query(ctx, `
		SELECT `+apiKeyColumns+`, t.kind, t.since, t.last_at, t.calls, t.spare, EXISTS (
			SELECT FROM api_keys o WHERE o.id <> k.id AND o.source = k.source AND o.revoked_at IS NULL AND (o.expires_at IS NULL OR o.expires_at > $2)
				AND o.scopes @> k.scopes AND (o.types = '{}' OR k.types <> '{}' AND o.types @> k.types))
		FROM key_troubles t JOIN api_keys k ON k.id = t.key_id
		WHERE t.last_at > $1 ORDER BY t.last_at DESC, t.key_id, t.kind LIMIT $3`, after, now, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, t *models.KeyTrouble) (err error) {
		t.Key, err = scanKey(row, &t.Kind, &t.Since, &t.LastAt, &t.Calls, &t.Spare, &t.Replaced)
		return err
	})
}
