package watch

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"throughline/models"
	"throughline/models/store"
)

// ConsumerName is the watch's name among the consumers of the change log.
const ConsumerName = "watch"

// changesPerRound bounds what one round takes of a shard.
const changesPerRound = 2000

// follow opens and closes the milestones of what is new, each shard's with its
// cursor in one transaction.
func (w *Watch) follow(ctx context.Context) (more bool, err error) {
	if !w.registered {
		if err := w.cfg.Changes.Register(ctx, ConsumerName, false); err != nil {
			return false, err
		}
		w.registered = true
	}
	shards, err := w.cfg.Changes.Next(ctx, ConsumerName, changesPerRound)
	if err != nil {
		return false, err
	}
	for _, shard := range shards {
		err := w.record(ctx, shard)
		if err != nil && models.CodeOf(err) != models.CodeConflict { // another process was faster
			return false, err
		}
	}
	return len(shards) > 0, nil
}

func (w *Watch) record(ctx context.Context, shard store.ShardChanges) error {
	now := w.cfg.Now()
	business, windows := w.cfg.Clock.At(now), w.windows.Load()
	dues := store.MilestoneDues{
		Now: now, Business: business, Evaluated: windows.due(models.PromiseEvaluated, windows.Evaluated),
		Confirmed: windows.due(models.PromiseConfirmed, windows.Confirmed), Received: windows.arrived,
	}
	return pgx.BeginFunc(ctx, w.cfg.DB.Pool, func(tx pgx.Tx) error {
		if err := w.milestones.Record(ctx, tx, w.facts(ctx, shard.Changes), dues); err != nil {
			return err
		}
		return w.cfg.Changes.Advance(ctx, tx, ConsumerName, shard)
	})
}

// facts is what changes say about promises. An event that cannot be read is
// told to the log and passed, so that it does not hold up its shard.
func (w *Watch) facts(ctx context.Context, changes []store.Change) store.MilestoneFacts {
	var facts store.MilestoneFacts
	orders := map[string]bool{}
	for _, c := range changes {
		var err error
		switch c.Type {
		case models.TypeForecastRevision:
			var f models.ForecastRevision
			if err = json.Unmarshal([]byte(c.Data), &f); err == nil {
				facts.Published = append(facts.Published, store.RevisionKey{Item: f.Item, DC: f.DC, Revision: f.Revision})
			}
		case models.TypeEvaluation:
			var f models.Evaluation
			if err = json.Unmarshal([]byte(c.Data), &f); err == nil && f.Basis != nil {
				facts.Evaluated = append(facts.Evaluated, store.RevisionKey{Item: f.Item, DC: f.DC, Revision: f.Basis.ForecastRevision})
			}
		case models.TypePurchaseOrder, models.TypeTransferOrder, models.TypeConfirmation, models.TypeASN, models.TypeReceipt:
			var f struct {
				Order string `json:"order"`
			}
			if err = json.Unmarshal([]byte(c.Data), &f); err == nil && f.Order != "" && !orders[f.Order] {
				orders[f.Order] = true
				facts.Orders = append(facts.Orders, f.Order)
			}
		}
		if err != nil {
			w.cfg.Logger.ErrorContext(ctx, "watch cannot read an event", slog.Int64("seq", c.Seq),
				slog.String("event_id", c.ID), slog.String("source", c.Source), slog.Any("error", err))
		}
	}
	return facts
}
