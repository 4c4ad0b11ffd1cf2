package watch

import (
	"context"

	"throughline/models"
)

// What was told of closes a fifth on the right side of its limit, so that a value
// at the limit does not come and go.
const clearsAt = 0.2

// standing tells whether the exception of a condition is there already.
type standing interface {
	Stands(ctx context.Context, dedupeKey string) (bool, error)
}

// beyond gives the signal when its limit is passed, and while it is nearly passed
// of what stands already.
func beyond(ctx context.Context, conditions standing, s models.Signal, passed, nearly bool) ([]models.Signal, error) {
	if !passed && nearly {
		stands, err := conditions.Stands(ctx, s.DedupeKey())
		if err != nil {
			return nil, err
		}
		passed = stands
	}
	if !passed {
		return nil, nil
	}
	return []models.Signal{s}, nil
}
