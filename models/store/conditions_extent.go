package store

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// conditionLimit bounds how many conditions of one kind a sweep takes up, the
// most urgent first.
const conditionLimit = 2000

// LookExtent tells whether a look saw everything that there is: a condition
// beyond the limit is unseen, which is not to say that it cleared. It is safe
// for concurrent use.
type LookExtent struct{ cut atomic.Bool }

type extentKey struct{}

// WithExtent gives a context whose statements tell the extent when they found
// as many conditions as they may.
func WithExtent(ctx context.Context) (context.Context, *LookExtent) {
	extent := &LookExtent{}
	return context.WithValue(ctx, extentKey{}, extent), extent
}

// Cut reports whether there may be conditions that were not seen.
func (e *LookExtent) Cut() bool { return e.cut.Load() }

// collectBounded reads what a statement with conditionLimit found.
func collectBounded[T any](ctx context.Context, rows pgx.Rows, what string, scan func(pgx.CollectableRow, *T) error) ([]T, error) {
	all, err := collect(rows, what, scan)
	if extent, told := ctx.Value(extentKey{}).(*LookExtent); told && len(all) >= conditionLimit {
		extent.cut.Store(true)
	}
	return all, err
}
