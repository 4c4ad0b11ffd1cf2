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
type KeyTroubles struct {
	db         *DB
	turnedAway func() time.Duration
}

// NewKeyTroubles works through db. No trouble is over sooner than turnedAway says,
// which is how long calls may be turned away at all; without it, what holds for
// every key counts alone.
func NewKeyTroubles(db *DB, turnedAway func() time.Duration) *KeyTroubles {
	if turnedAway == nil {
		turnedAway = func() time.Duration { return 0 }
	}
	return &KeyTroubles{db: db, turnedAway: turnedAway}
}

// troubleParams are what troublePause asks for.
func (k *KeyTroubles) troubleParams() pgx.NamedArgs {
	least := max(models.QuotaPause, k.turnedAway())
	return pgx.NamedArgs{"quota": least.Seconds(), "credential": max(models.CredentialPause, least).Seconds()}
}

// troublePause is how many seconds trouble t with key k may not show until it is
// over. A sender is told to wait for as long as a burst takes to refill at most;
// with a quota of a few events a week that is no sign of anything any more.
const troublePause = `CASE WHEN t.kind IN ('throttled', 'scarce')
	THEN greatest(@quota::double precision, least(greatest(2 / k.rate * k.burst, 2 / k.quota_rate * k.quota_burst, 0), @credential::double precision)) ELSE @credential::double precision END`

// spellLasts says whether a call belongs to the spell that is known.
const spellLasts = `excluded.since <= t.last_at + (SELECT make_interval(secs => ` + troublePause + `) FROM ` + apiKeys + ` WHERE k.id = t.key_id)`

// Record adds spells, each to the one of its key and kind that lasts, or in the
// place of one that is over.
func (k *KeyTroubles) Record(ctx context.Context, troubles []models.KeyTrouble) error {
	args := k.troubleParams()
	args["keys"] = column(troubles, func(t *models.KeyTrouble) int64 { return t.Key.ID })
	args["kinds"] = column(troubles, func(t *models.KeyTrouble) string { return string(t.Kind) })
	args["since"] = column(troubles, func(t *models.KeyTrouble) time.Time { return t.Since })
	args["last"] = column(troubles, func(t *models.KeyTrouble) time.Time { return t.LastAt })
	args["calls"] = column(troubles, func(t *models.KeyTrouble) int64 { return t.Calls })
	args["spare"] = column(troubles, func(t *models.KeyTrouble) int { return t.Spare })
	_, err := k.db.Pool.Exec(ctx, `
		INSERT INTO key_troubles AS t (key_id, kind, since, last_at, calls, spare)
		SELECT * FROM unnest(@keys::bigint[], @kinds::text[], @since::timestamptz[], @last::timestamptz[], @calls::bigint[], @spare::integer[])
		ON CONFLICT (key_id, kind) DO UPDATE SET
			since = CASE WHEN `+spellLasts+` THEN least(t.since, excluded.since) ELSE excluded.since END,
			calls = CASE WHEN `+spellLasts+` THEN t.calls + excluded.calls ELSE excluded.calls END,
			last_at = greatest(t.last_at, excluded.last_at), spare = excluded.spare`, args)
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
	args := k.troubleParams()
	args["after"], args["now"], args["limit"] = after, now, conditionLimit
	rows, err := k.db.Pool.Query(ctx, `
		SELECT `+apiKeyColumns+`, t.kind, t.since, t.last_at, t.calls, t.spare, `+troublePause+`, EXISTS (
			SELECT FROM api_keys o WHERE o.id <> k.id AND o.source = k.source AND o.revoked_at IS NULL AND (o.expires_at IS NULL OR o.expires_at > @now)
				AND o.scopes @> k.scopes AND (o.types = '{}' OR k.types <> '{}' AND o.types @> k.types))
		FROM key_troubles t JOIN `+apiKeys+` ON k.id = t.key_id
		WHERE t.last_at > @after ORDER BY t.last_at DESC, t.key_id, t.kind LIMIT @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, t *models.KeyTrouble) (err error) {
		var pause float64
		t.Key, err = scanKey(row, &t.Kind, &t.Since, &t.LastAt, &t.Calls, &t.Spare, &pause, &t.Replaced)
		t.Pause = time.Duration(pause * float64(time.Second))
		return err
	})
}
