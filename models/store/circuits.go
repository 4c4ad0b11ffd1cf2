package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Circuits is how the breakers of all targets stand, told by the processes that
// call them. It is safe for concurrent use.
type Circuits struct{ db *DB }

// NewCircuits works on db.
func NewCircuits(db *DB) *Circuits { return &Circuits{db: db} }

// Save stores how calls to a target fare.
func (c *Circuits) Save(ctx context.Context, s models.Circuit) error {
	_, err := c.db.Pool.Exec(ctx, `
		INSERT INTO circuits (target, state, since, next_probe, failures) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (target) DO UPDATE SET state = $2, since = $3, next_probe = $4, failures = $5`,
		s.Target, s.State, s.Since, s.NextProbe, s.Failures)
	if err != nil {
		return fmt.Errorf("store the circuit of %s: %w", s.Target, err)
	}
	return nil
}

// Circuits reads all, by target.
func (c *Circuits) Circuits(ctx context.Context) ([]models.Circuit, error) {
	rows, err := c.db.Pool.Query(ctx, `SELECT target, state, since, next_probe, failures FROM circuits ORDER BY target`)
	if err != nil {
		return nil, fmt.Errorf("read the circuits: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[models.Circuit])
	if err != nil {
		return nil, fmt.Errorf("read the circuits: %w", err)
	}
	return all, nil
}
