package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Configurations holds what the installation declares of itself. It is safe
// for concurrent use: one is applied at a time, from whatever process.
type Configurations struct{ db *DB }

// NewConfigurations works on db.
func NewConfigurations(db *DB) *Configurations { return &Configurations{db: db} }

// Current reads the configuration in force; its ID is 0 when there has been none.
func (c *Configurations) Current(ctx context.Context) (models.AppliedConfiguration, error) {
	return currentConfiguration(ctx, c.db.Pool)
}

func currentConfiguration(ctx context.Context, tx Tx) (models.AppliedConfiguration, error) {
	var now models.AppliedConfiguration
	err := tx.QueryRow(ctx, `SELECT id, body, applied_at, applied_by FROM configurations ORDER BY id DESC LIMIT 1`).
		Scan(&now.ID, &now.Text, &now.AppliedAt, &now.AppliedBy)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return now, fmt.Errorf("read the configuration: %w", err)
	}
	return now, nil
}

// errDry rolls a dry run back.
var errDry = errors.New("dry run")

// Apply brings the installation to a configuration and returns what that
// changes, each with its audit row, all in one transaction (invariant 8). What
// already is as declared is left alone, so that the same file may be applied
// again and again. With dry set nothing is changed.
func (c *Configurations) Apply(ctx context.Context, to models.Configuration, actor string, dry bool) (changes []models.ConfigurationChange, err error) {
	err = pgx.BeginFunc(ctx, c.db.Pool, func(tx pgx.Tx) error {
		a := applying{ctx: ctx, tx: tx, actor: actor}
		if err := a.apply(to); err != nil {
			return err
		}
		changes = a.changes
		if dry {
			return errDry
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDry) {
		return nil, fmt.Errorf("apply the configuration: %w", err)
	}
	return changes, nil
}

// applying is one configuration on its way into the database.
type applying struct {
	ctx     context.Context //nolint:containedctx // it lives as long as one call of Apply
	tx      pgx.Tx
	actor   string
	changes []models.ConfigurationChange
}

const lockConfiguration = `SELECT pg_advisory_xact_lock(7811610)`

func (a *applying) apply(to models.Configuration) error {
	if _, err := a.tx.Exec(a.ctx, lockConfiguration); err != nil {
		return err
	}
	for _, s := range to.Systems {
		if err := a.system(s); err != nil {
			return err
		}
	}
	if err := a.routes(to.Routes); err != nil {
		return err
	}
	before, err := currentConfiguration(a.ctx, a.tx)
	if err != nil {
		return err
	}
	if before.ID != 0 && before.Text == to.Text {
		return nil
	}
	if err := a.note("configuration", fmt.Sprintf("{\"id\":%d}", before.ID), `{"applied":true}`); err != nil {
		return err
	}
	_, err = a.tx.Exec(a.ctx, `INSERT INTO configurations (body, applied_by) VALUES ($1, $2)`, to.Text, a.actor)
	return err
}

// note keeps a change with its audit row; before and after are JSON objects.
func (a *applying) note(subject, before, after string) error {
	a.changes = append(a.changes, models.ConfigurationChange{Subject: subject, Before: before, After: after})
	return auditPgx(a.ctx, a.tx, models.AuditEntry{
		Actor: a.actor, Action: "configuration.apply", Subject: subject, Reason: "throughline.yaml", Before: before, After: after,
	})
}
