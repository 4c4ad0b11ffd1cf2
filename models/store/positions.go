package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Positions reads stock positions. It is safe for concurrent use.
type Positions struct{ db *DB }

// NewPositions makes the reader of stock positions.
func NewPositions(db *DB) *Positions { return &Positions{db: db} }

// Get reads the position of an item at a distribution center; CodeNotFound
// when none was ever told.
func (p *Positions) Get(ctx context.Context, item, dc string) (models.Position, error) {
	pos := models.Position{Item: item, DC: dc}
	err := p.db.Pool.QueryRow(ctx, `
		SELECT on_hand::text, allocated::text, available::text, unit, version, as_of FROM positions WHERE item = $1 AND dc = $2`, item, dc).
		Scan(&pos.OnHand, &pos.Allocated, &pos.Available, &pos.Unit, &pos.Version, &pos.AsOf)
	if errors.Is(err, pgx.ErrNoRows) {
		return pos, models.Errorf(models.CodeNotFound, "No stock of the item %q is known at the distribution center %q.", item, dc)
	}
	if err != nil {
		return pos, fmt.Errorf("read the position of %s at %s: %w", item, dc, err)
	}
	return pos, nil
}
