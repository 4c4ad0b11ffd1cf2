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

// RouteSecret says of a route's secret what may be shown; CodeNotFound when
// there is no such route.
func (f *Failures) RouteSecret(ctx context.Context, name string) (models.RouteSecret, error) {
	s := models.RouteSecret{Route: name}
	var secret string
	err := f.db.Pool.QueryRow(ctx, `SELECT secret, declared, secret_rotated_at, old_secret_until FROM subscriptions WHERE name = $1`, name).
		Scan(&secret, &s.Declared, &s.RotatedAt, &s.OldUntil)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, models.Errorf(models.CodeNotFound, "There is no route to %s.", name)
	}
	if err != nil {
		return s, fmt.Errorf("read the secret of route %s: %w", name, err)
	}
	s.Fingerprint = models.SecretFingerprint(secret)
	return s, nil
}

// RotateSecret gives a route a new secret and returns it, once. The one before
// signs beside it for the overlap, the one before that no longer. It holds until
// the declared secret changes. CodeConflict when the secret is no longer the one
// of that fingerprint: somebody was faster, or the form was sent twice.
func (f *Failures) RotateSecret(ctx context.Context, name, fingerprint string, overlap time.Duration, actor, reason string) (string, error) {
	next := models.NewSigningSecret()
	err := pgx.BeginFunc(ctx, f.db.Pool, func(tx pgx.Tx) error {
		var secret string
		err := tx.QueryRow(ctx, `SELECT secret FROM subscriptions WHERE name = $1 FOR UPDATE`, name).Scan(&secret)
		if errors.Is(err, pgx.ErrNoRows) {
			return models.Errorf(models.CodeNotFound, "There is no route to %s.", name)
		}
		if err != nil {
			return err
		}
		before := models.SecretFingerprint(secret)
		if before != fingerprint {
			return models.Errorf(models.CodeConflict, "The secret of %s was replaced meanwhile. Look at the route before you replace it again.", name)
		}
		if _, err := tx.Exec(ctx, `
			UPDATE subscriptions SET secret = $2, old_secret = CASE WHEN $3 > 0 THEN secret ELSE '' END,
				old_secret_until = CASE WHEN $3 > 0 THEN now() + make_interval(secs => $3) END, secret_rotated_at = now(),
				declared_secret = CASE WHEN declared_secret = '' THEN $4 ELSE declared_secret END
			WHERE name = $1`, name, next, overlap.Seconds(), before); err != nil {
			return err
		}
		after, err := json.Marshal(map[string]any{"new_secret": true, "overlap": overlap.String()})
		if err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{Actor: actor, Action: "route.rotate_secret", Subject: "route:" + name, Reason: reason, After: string(after)})
	})
	if err != nil {
		return "", fmt.Errorf("replace the secret of route %s: %w", name, err)
	}
	return next, nil
}
