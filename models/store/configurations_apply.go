package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// systemRow is a source as it is stored and audited.
type systemRow struct {
	Kind     string          `json:"kind"`
	Interval int64           `json:"interval_seconds"`
	Fallback models.Fallback `json:"fallback,omitempty"`
	Rate     float64         `json:"rate,omitempty"` // events a second of all its keys together
	Burst    int             `json:"burst,omitempty"`
}

func (a *applying) system(s models.DeclaredSystem) error {
	var before systemRow
	err := a.tx.QueryRow(a.ctx, `SELECT system, interval_s, fallback, coalesce(quota_rate, 0), coalesce(quota_burst, 0) FROM sources WHERE source = $1 FOR UPDATE`, s.Name).
		Scan(&before.Kind, &before.Interval, &before.Fallback, &before.Rate, &before.Burst)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("read the system %s: %w", s.Name, err)
	}
	isNew := err != nil
	after := systemRow{Kind: s.Kind, Interval: int64(s.Interval.Seconds()), Fallback: s.Fallback, Rate: s.Quota.Rate, Burst: s.Quota.Burst}
	if after.Kind == "" {
		if after.Kind = before.Kind; isNew {
			after.Kind = "other"
		}
	}
	if isNew || before != after {
		_, err := a.tx.Exec(a.ctx, `INSERT INTO sources (source, system, interval_s, fallback, quota_rate, quota_burst)
			VALUES ($1, $2, $3, $4, nullif($5::double precision, 0), nullif($6::integer, 0))
			ON CONFLICT (source) DO UPDATE SET system = $2, interval_s = $3, fallback = $4, quota_rate = EXCLUDED.quota_rate, quota_burst = EXCLUDED.quota_burst`,
			s.Name, after.Kind, after.Interval, after.Fallback, after.Rate, after.Burst)
		if err != nil {
			return fmt.Errorf("store the system %s: %w", s.Name, err)
		}
		if err := a.note("system:"+s.Name, audited(before, isNew), audited(after, false)); err != nil {
			return err
		}
	}
	for _, entity := range s.Owns {
		if err := a.owner(entity, s.Name); err != nil {
			return err
		}
	}
	return nil
}

func (a *applying) owner(entity, source string) error {
	var before string
	err := a.tx.QueryRow(a.ctx, `SELECT source FROM owners WHERE entity = $1 AND record = '' FOR UPDATE`, entity).Scan(&before)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("read the owner of %s: %w", entity, err)
	}
	if before == source {
		return nil
	}
	_, err = a.tx.Exec(a.ctx, `INSERT INTO owners (entity, record, source) VALUES ($1, '', $2)
		ON CONFLICT (entity, record) DO UPDATE SET source = $2, since = now()`, entity, source)
	if err != nil {
		return fmt.Errorf("store the owner of %s: %w", entity, err)
	}
	owner := func(name string) any { return map[string]string{"source": name} }
	return a.note("owner:"+entity, audited(owner(before), before == ""), audited(owner(source), false))
}

// routeRow is a route as it is audited: its secret is not.
type routeRow struct {
	URL       string             `json:"url"`
	Types     []models.EventType `json:"types"`
	DCs       []string           `json:"dcs,omitempty"`
	Condition string             `json:"condition,omitempty"`
	NewSecret bool               `json:"new_secret,omitempty"`
}

func routeRowOf(s *models.Subscription) routeRow {
	return routeRow{URL: s.URL, Types: s.Types, DCs: s.DCs, Condition: s.Condition}
}

// routes makes and changes the declared ones and disables those that an earlier
// configuration declared and this one does not.
func (a *applying) routes(declared []models.Subscription) error {
	rows, err := a.tx.Query(a.ctx, subscriptionColumns+` ORDER BY name FOR UPDATE`)
	if err != nil {
		return fmt.Errorf("read the routes: %w", err)
	}
	stored, err := pgx.CollectRows(rows, scanSubscription)
	if err != nil {
		return fmt.Errorf("read the routes: %w", err)
	}
	for _, to := range declared {
		at := slices.IndexFunc(stored, func(s models.Subscription) bool { return s.Name == to.Name })
		var before *models.Subscription
		if at >= 0 {
			before = &stored[at]
		}
		if err := a.route(before, to); err != nil {
			return err
		}
	}
	return a.dropRoutes(declared)
}

func (a *applying) route(before *models.Subscription, to models.Subscription) error {
	isNew := before == nil
	if isNew {
		before = &models.Subscription{}
	}
	slices.Sort(before.Types)
	same := before.URL == to.URL && !before.Declares(to.Secret) && before.Condition == to.Condition &&
		slices.Equal(before.Types, to.Types) && slices.Equal(before.DCs, to.DCs)
	if same {
		_, err := a.tx.Exec(a.ctx, `
			UPDATE subscriptions SET declared = true, declared_secret = $2, secret_rotated_at = CASE WHEN declared_secret = $2 THEN secret_rotated_at END
			WHERE name = $1 AND (NOT declared OR declared_secret <> $2)`, to.Name, models.SecretFingerprint(to.Secret))
		return err
	}
	if err := ensureSubscription(a.ctx, a.tx, to); err != nil {
		return err
	}
	if _, err := a.tx.Exec(a.ctx, `UPDATE subscriptions SET declared = true WHERE name = $1`, to.Name); err != nil {
		return err
	}
	was, is := routeRowOf(before), routeRowOf(&to)
	is.NewSecret = before.Declares(to.Secret)
	return a.note("route:"+to.Name, audited(was, isNew), audited(is, false))
}

func (a *applying) dropRoutes(declared []models.Subscription) error {
	rows, err := a.tx.Query(a.ctx, `
		UPDATE subscriptions SET state = 'disabled', declared = false, disabled_why = 'It is no longer in throughline.yaml.'
		WHERE declared AND name <> ALL ($1) RETURNING name`,
		column(declared, func(s *models.Subscription) string { return s.Name }))
	if err != nil {
		return fmt.Errorf("disable what is no longer declared: %w", err)
	}
	dropped, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("disable what is no longer declared: %w", err)
	}
	slices.Sort(dropped)
	for _, name := range dropped {
		if err := a.note("route:"+name, `{"declared":true}`, `{"state":"disabled"}`); err != nil {
			return err
		}
	}
	return nil
}

// audited is a value as the audit keeps it; empty when there was none.
func audited(v any, none bool) string {
	if none {
		return ""
	}
	text, _ := json.Marshal(v)
	return string(text) // strings and numbers always marshal
}
