package apply

import (
	"context"

	"github.com/google/uuid"

	"throughline/models"
	"throughline/models/store"
)

// BulkStep is the next events of a bulk action, all of one shard.
type BulkStep struct {
	Run   models.BulkRun
	Owner uuid.UUID // who holds the run's lease
	Shard int16
	Seqs  []int64
}

// bulkRun ties a replay to the bulk action that asked for it.
type bulkRun struct {
	run   int64
	owner uuid.UUID
}

func (b *bulkRun) id() int64 {
	if b == nil {
		return 0
	}
	return b.run
}

// Bulk does one step of a bulk action: each event's effect and its outcome row
// are one transaction, which fails with store.ErrLeaseLost when the run was
// cancelled or belongs to another process by then (invariant 2).
func (en *Engine) Bulk(ctx context.Context, step BulkStep) error {
	r := replay{
		seqs: step.Seqs, actor: step.Run.Actor, reason: step.Run.Reason, discard: step.Run.Action == models.BulkDiscard, withHeld: true,
		patch: step.Run.Patch, base: anyBase, run: &bulkRun{run: step.Run.ID, owner: step.Owner},
	}
	if r.patch != "" {
		events, err := en.store.Unsettled(ctx, step.Seqs)
		if err != nil {
			return err
		}
		r.targets = en.targets(events, r.patch)
	}
	_, err := en.replayOrHalve(ctx, step.Shard, r)
	if err != nil && blamesData(err) {
		// Halving goes in order: the first event without an outcome is the one.
		return en.store.FailFirst(ctx, step.Run.ID, step.Owner, step.Seqs, plain(err))
	}
	return err
}

// TryBulk says what a bulk action would bring about for some events, and changes nothing.
func (en *Engine) TryBulk(ctx context.Context, action models.BulkAction, patch string, seqs []int64) ([]models.ReplayResult, error) {
	events, err := en.store.Unsettled(ctx, seqs)
	if err != nil {
		return nil, err
	}
	shards := map[int16][]int64{}
	for i := range events {
		shards[events[i].Event.Shard] = append(shards[events[i].Event.Shard], events[i].Event.Seq)
	}
	var results []models.ReplayResult
	for shard, some := range shards {
		r := replay{seqs: some, actor: "check", reason: "check", discard: action == models.BulkDiscard, patch: patch, base: anyBase, withHeld: true, dry: true}
		if patch != "" {
			r.targets = en.targets(events, patch)
		}
		found, err := en.replayOrHalve(ctx, shard, r)
		if err != nil {
			return nil, err
		}
		results = append(results, found...)
	}
	return results, nil
}

// writeOutcomes records those of a step. What its shard no longer has was
// settled before, or an edit moved it to another shard since it was looked for.
func (r *replay) writeOutcomes(ctx context.Context, tx *store.ApplyTx) error {
	elsewhere, err := tx.UnsettledOf(ctx, r.seqs)
	if err != nil {
		return err
	}
	return tx.BulkOutcomes(ctx, r.run.run, r.run.owner, r.outcomes(elsewhere))
}

func (r *replay) outcomes(elsewhere map[int64]bool) []store.BulkOutcome {
	known := make(map[int64]models.ReplayResult, len(r.results))
	for _, result := range r.results {
		known[result.Seq] = result
	}
	rows := make([]store.BulkOutcome, len(r.seqs))
	for i, seq := range r.seqs {
		result, ok := known[seq]
		switch {
		case !ok && elsewhere[seq]:
			result = models.ReplayResult{State: "unchanged", Reason: "An edit moved it to another key meanwhile."}
		case !ok:
			result = models.ReplayResult{State: "gone", Reason: "It was settled before."}
		}
		rows[i] = store.BulkOutcome{Seq: seq, Outcome: result.State, Reason: result.Reason, Failed: models.BulkFailed(result.State)}
	}
	return rows
}
