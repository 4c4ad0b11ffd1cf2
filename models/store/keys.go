package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// APIKeys holds the API keys of source systems, by the hash of their secrets. It
// is safe for concurrent use.
type APIKeys struct{ db *DB }

// NewAPIKeys makes the door to the API keys.
func NewAPIKeys(db *DB) *APIKeys { return &APIKeys{db: db} }

// ByHash finds the key whose secret hashes to hash, also one that has expired or
// was revoked; CodeUnauthenticated when there is none.
func (k *APIKeys) ByHash(ctx context.Context, hash []byte) (models.APIKey, error) {
	rows, err := k.db.Pool.Query(ctx, `
		SELECT `+apiKeyColumns+` FROM `+apiKeys+` WHERE hash = $1`, hash)
	if err != nil {
		return models.APIKey{}, fmt.Errorf("look up an API key: %w", err)
	}
	found, err := pgx.CollectRows(rows, justKey)
	if err != nil {
		return models.APIKey{}, fmt.Errorf("look up an API key: %w", err)
	}
	if len(found) == 0 {
		return models.APIKey{}, models.Errorf(models.CodeUnauthenticated,
			"This API key is unknown. `throughline key add --source NAME` makes a new one.")
	}
	return found[0], nil
}

// Add stores a key of a source, which is registered on the way as a system of
// the given kind when it is new. The first key with a list of types makes its
// source the owner of their entities. The audit says by whom, and what it is for.
func (k *APIKeys) Add(ctx context.Context, key models.APIKey, system string, hash []byte, actor string) error {
	scopes := key.Scopes
	if len(scopes) == 0 {
		scopes = []models.Scope{models.ScopeSend}
	}
	owned := models.Entities(key.Types...)
	if !key.May(models.ScopeSend) { // who only reads owns nothing
		owned = nil
	}
	err := pgx.BeginFunc(ctx, k.db.Pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			WITH source AS (
				INSERT INTO sources (source, system) VALUES ($1, $3) ON CONFLICT DO NOTHING
			), owner AS (`+claimEntities+`)
			INSERT INTO api_keys (source, prefix, hash, types, scopes, rate, burst, expires_at)
			VALUES ($1, $4, $5, $6, $7, nullif($8::double precision, 0), nullif($9::integer, 0), $10)`,
			key.Source, owned, system, key.Prefix, hash, texts(key.Types), texts(scopes), key.Limit.Rate, key.Limit.Burst, key.ExpiresAt)
		if err != nil {
			return err
		}
		if key.Interval > 0 {
			if _, err := tx.Exec(ctx, `UPDATE sources SET interval_s = $2 WHERE source = $1`, key.Source, int64(key.Interval.Seconds())); err != nil {
				return err
			}
		}
		after, err := json.Marshal(map[string]any{"interval_s": key.Interval.Seconds(), "source": key.Source, "scopes": texts(scopes), "types": texts(key.Types), "rate": key.Limit.Rate, "burst": key.Limit.Burst, "expires": key.ExpiresAt})
		if err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{Actor: actor, Action: "key.add", Subject: "key:" + key.Prefix, Reason: key.Reason, After: string(after)})
	})
	if err != nil {
		return fmt.Errorf("store an API key of %s: %w", key.Source, err)
	}
	return nil
}

// KeepSoftware notes what called with a key, and when.
func (k *APIKeys) KeepSoftware(ctx context.Context, key int64, software string, at time.Time) error {
	if _, err := k.db.Pool.Exec(ctx, `UPDATE api_keys SET software = $2, software_at = $3 WHERE id = $1`, key, software, at); err != nil {
		return fmt.Errorf("keep what calls with a key: %w", err)
	}
	return nil
}

// List returns the keys that were not revoked, by source.
func (k *APIKeys) List(ctx context.Context) ([]models.APIKey, error) {
	rows, err := k.db.Pool.Query(ctx, `
		SELECT `+apiKeyColumns+` FROM `+apiKeys+` WHERE revoked_at IS NULL ORDER BY source, id`)
	if err != nil {
		return nil, fmt.Errorf("list the API keys: %w", err)
	}
	keys, err := pgx.CollectRows(rows, justKey)
	if err != nil {
		return nil, fmt.Errorf("list the API keys: %w", err)
	}
	return keys, nil
}

// SetLimit sets the limit of the key whose secret begins with prefix, or takes
// it away, with its audit row; CodeNotFound when there is none that counts.
func (k *APIKeys) SetLimit(ctx context.Context, prefix string, to models.RateLimit, actor, reason string) error {
	err := pgx.BeginFunc(ctx, k.db.Pool, func(tx pgx.Tx) error {
		var id int64
		var before models.RateLimit
		err := tx.QueryRow(ctx, `SELECT id, coalesce(rate, 0), coalesce(burst, 0) FROM api_keys
			WHERE prefix = $1 AND revoked_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE`, prefix).Scan(&id, &before.Rate, &before.Burst)
		if errors.Is(err, pgx.ErrNoRows) {
			return noSuchKey(prefix)
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE api_keys SET rate = nullif($2::double precision, 0), burst = nullif($3::integer, 0) WHERE id = $1`,
			id, to.Rate, to.Burst); err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{
			Actor: actor, Action: "key.limit", Subject: "key:" + prefix, Reason: reason, Before: limitText(before), After: limitText(to),
		})
	})
	if err != nil {
		return fmt.Errorf("limit an API key: %w", err)
	}
	return nil
}

func limitText(l models.RateLimit) string {
	return fmt.Sprintf(`{"rate":%g,"burst":%d}`, l.Rate, l.Burst)
}

// Revoke ends the key whose secret begins with prefix, with its audit row;
// CodeNotFound when there is none that counts.
func (k *APIKeys) Revoke(ctx context.Context, prefix, actor, reason string) error {
	err := pgx.BeginFunc(ctx, k.db.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE api_keys SET revoked_at = now() WHERE id = (
			SELECT id FROM api_keys WHERE prefix = $1 AND revoked_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE)`, prefix)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return noSuchKey(prefix)
		}
		return auditPgx(ctx, tx, models.AuditEntry{
			Actor: actor, Action: "key.revoke", Subject: "key:" + prefix, Reason: reason, Before: `{"counts":true}`, After: `{"counts":false}`,
		})
	})
	if err != nil {
		return fmt.Errorf("revoke an API key: %w", err)
	}
	return nil
}

func noSuchKey(prefix string) error {
	return models.Errorf(models.CodeNotFound, "There is no API key that begins with %s: `throughline key list` shows them.", prefix)
}

// apiKeys are the keys k with the quotas of their sources.
const apiKeys = `(SELECT k.*, s.quota_rate, s.quota_burst FROM api_keys k JOIN sources s USING (source)) AS k`

const apiKeyColumns = `id, source, prefix, types, scopes, coalesce(rate, 0), coalesce(burst, 0), coalesce(quota_rate, 0), coalesce(quota_burst, 0),
	created_at, expires_at, revoked_at`

func justKey(row pgx.CollectableRow) (models.APIKey, error) { return scanKey(row) }

// scanKey reads a key, and what stands beside its columns.
func scanKey(row pgx.CollectableRow, beside ...any) (models.APIKey, error) {
	var key models.APIKey
	var types, scopes []string
	err := row.Scan(append([]any{
		&key.ID, &key.Source, &key.Prefix, &types, &scopes, &key.Limit.Rate, &key.Limit.Burst, &key.Quota.Rate, &key.Quota.Burst,
		&key.CreatedAt, &key.ExpiresAt, &key.RevokedAt,
	}, beside...)...)
	for _, t := range types {
		key.Types = append(key.Types, models.EventType(t))
	}
	for _, s := range scopes {
		key.Scopes = append(key.Scopes, models.Scope(s))
	}
	return key, err
}

// texts are named strings as an array parameter, never NULL.
func texts[S ~string](values []S) []string {
	return column(values, func(v *S) string { return string(*v) })
}
