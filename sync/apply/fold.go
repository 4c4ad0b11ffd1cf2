package apply

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/service"
)

const (
	foldLimit   = 500 // batches of a shard in one transaction
	foldTimeout = 10 * time.Second
)

// folder takes what batches measured from the change log into the rollups, and
// the numbers that they took in into the sequences: a batch only appends its few
// bytes, and many batches share one upsert.
type folder struct {
	rollups   *store.Rollups
	sequences *store.Sequences
}

func newFolder(db *store.DB, targets func() models.Targets) *folder {
	return &folder{rollups: store.NewRollups(db, targets), sequences: store.NewSequences(db)}
}

func (f *folder) runOnce(ctx context.Context) (more bool, err error) {
	err = service.Within(ctx, "fold measures into the rollups", foldTimeout, func(ctx context.Context) error {
		shards, err := f.rollups.Unfolded(ctx)
		if err != nil {
			return err
		}
		for _, shard := range shards {
			folded, err := f.rollups.Fold(ctx, shard, foldLimit)
			if err != nil {
				return err
			}
			more = more || folded == foldLimit
		}
		unfolded, err := f.sequences.Fold(ctx, time.Now())
		more = more || unfolded
		return err
	})
	return more, err
}
