package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Owners is the register of who may change what. It is safe for concurrent use.
type Owners struct{ db *DB }

// NewOwners works on db.
func NewOwners(db *DB) *Owners { return &Owners{db: db} }

// List reads the owners of entities and of single records, by entity.
func (o *Owners) List(ctx context.Context) ([]models.Owner, error) {
	rows, err := o.db.Pool.Query(ctx, `SELECT entity, record, source, since FROM owners ORDER BY entity, record`)
	if err != nil {
		return nil, fmt.Errorf("list the owners: %w", err)
	}
	owners, err := pgx.CollectRows(rows, pgx.RowToStructByPos[models.Owner])
	if err != nil {
		return nil, fmt.Errorf("list the owners: %w", err)
	}
	return owners, nil
}

// Claim makes a source the owner of each of the entities that nobody owns and
// of which no other source has sent anything that took effect.
func (o *Owners) Claim(ctx context.Context, source string, entities ...string) error {
	_, err := o.db.Pool.Exec(ctx, claimEntities, source, entities)
	if err != nil {
		return fmt.Errorf("give entities to %s: %w", source, err)
	}
	return nil
}

const claimEntities = `INSERT INTO owners (entity, source) SELECT e, $1 FROM unnest($2::text[]) AS e
	WHERE NOT EXISTS (SELECT FROM freshness f WHERE f.entity = e AND f.source <> $1) ON CONFLICT DO NOTHING`

// Set gives an entity, or one record of it, to a source, with its audit row.
// What was parked because of the former owner may be retried then. CodeNotFound
// says that there is no such source, CodeInvalid no such entity.
func (o *Owners) Set(ctx context.Context, to models.Owner, actor, reason string) error {
	if !models.KnownEntity(to.Entity) {
		return models.Errorf(models.CodeInvalid, "There is no entity %q.", to.Entity)
	}
	err := pgx.BeginFunc(ctx, o.db.Pool, func(tx pgx.Tx) error {
		var known bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sources WHERE source = $1)`, to.Source).Scan(&known); err != nil {
			return err
		}
		if !known {
			return models.Errorf(models.CodeNotFound, "There is no source %s: `throughline key add --source NAME` makes one.", to.Source)
		}
		var before string
		err := tx.QueryRow(ctx, `SELECT source FROM owners WHERE entity = $1 AND record = $2 FOR UPDATE`, to.Entity, to.Record).Scan(&before)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if before == to.Source { // whoever asks twice changes nothing
			return nil
		}
		if _, err := tx.Exec(ctx, `INSERT INTO owners (entity, record, source) VALUES ($1, $2, $3)
			ON CONFLICT (entity, record) DO UPDATE SET source = $3, since = now()`, to.Entity, to.Record, to.Source); err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{
			Actor: actor, Action: "owner.set", Subject: "owner:" + to.Name(), Reason: reason,
			Before: fmt.Sprintf(`{"source":%q}`, before), After: fmt.Sprintf(`{"source":%q}`, to.Source),
		})
	})
	if err != nil {
		return fmt.Errorf("set the owner of %s: %w", to.Name(), err)
	}
	return nil
}
