package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"throughline/models"
	"throughline/models/store"
)

// ConsumerName is the workflow's name among the consumers of the change log.
const ConsumerName = "workflow"

// changesPerRound bounds what one round takes of a shard.
const changesPerRound = 500

// Changes is the log of what took effect.
type Changes interface {
	Register(ctx context.Context, consumer string, fromNow bool) error
	Next(ctx context.Context, consumer string, limit int) ([]store.ShardChanges, error)
	Advance(ctx context.Context, tx store.Tx, consumer string, s store.ShardChanges) error
}

// ConsumerConfig says what a Consumer works with.
type ConsumerConfig struct {
	Workflow *Workflow
	Changes  Changes
	Cursors  store.Tx // the pool that cursors are moved through
}

// Consumer brings what takes effect to the workflow. Every step does nothing
// the second time, so the cursor follows in a transaction of its own.
type Consumer struct {
	cfg        ConsumerConfig
	registered bool
}

// NewConsumer makes a Consumer. One goroutine may use it.
func NewConsumer(cfg ConsumerConfig) (*Consumer, error) {
	if cfg.Workflow == nil || cfg.Changes == nil || cfg.Cursors == nil {
		return nil, errors.New("workflow: a consumer needs a workflow, the change log and its cursors")
	}
	return &Consumer{cfg: cfg}, nil
}

// RunOnce takes in what is new and reports whether there was anything.
func (c *Consumer) RunOnce(ctx context.Context) (more bool, err error) {
	if !c.registered {
		if err := c.cfg.Changes.Register(ctx, ConsumerName, false); err != nil {
			return false, err
		}
		c.registered = true
	}
	shards, err := c.cfg.Changes.Next(ctx, ConsumerName, changesPerRound)
	if err != nil {
		return false, err
	}
	for _, shard := range shards {
		open, err := c.open(ctx, shard.Changes)
		if err != nil {
			return false, err
		}
		for _, change := range shard.Changes {
			if err := c.take(ctx, change.Event, open); err != nil {
				return false, err
			}
		}
		err = c.cfg.Changes.Advance(ctx, c.cfg.Cursors, ConsumerName, shard)
		if err != nil && models.CodeOf(err) != models.CodeConflict {
			return false, err
		}
	}
	return len(shards) > 0, nil
}

// place is an item at a DC.
type place struct{ item, dc string }

// open are the places that something waits for a decision about, or may by the
// end of these changes. An evaluation of any other place, and most are, has
// nothing to withdraw.
func (c *Consumer) open(ctx context.Context, changes []store.Change) (map[place]bool, error) {
	open := map[place]bool{}
	var items []string
	for _, change := range changes {
		switch e := change.Event; e.Type {
		case models.TypeRecommendation:
			open[place{e.Item, e.DC}] = true
		case models.TypeEvaluation:
			items = append(items, e.Item)
		}
	}
	if len(items) == 0 {
		return open, nil
	}
	return open, c.cfg.Workflow.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		waiting, err := tx.WaitingOf(items)
		for _, at := range waiting {
			open[place{at.Item, at.DC}] = true
		}
		return err
	})
}

// take handles one event. Only a database that is away stops the consumer: an
// event that cannot be handled is told to the log and passed, so that it does
// not hold up the others of its shard.
func (c *Consumer) take(ctx context.Context, e models.Event, open map[place]bool) error {
	err := c.handle(ctx, e, open)
	if err == nil || store.IsUnavailable(err) {
		return err
	}
	c.cfg.Workflow.cfg.Logger.Error("workflow cannot take an event",
		slog.Int64("seq", e.Seq), slog.String("event_id", e.ID), slog.String("source", e.Source),
		slog.String("key", e.Key), slog.String("error", err.Error()))
	return nil
}

func (c *Consumer) handle(ctx context.Context, e models.Event, open map[place]bool) error {
	w := c.cfg.Workflow
	switch e.Type {
	case models.TypeRecommendation:
		fact, err := decode[models.Recommendation](e)
		if err != nil {
			return err
		}
		return w.Enter(ctx, fact.Recommendation)
	case models.TypeEvaluation:
		if !open[place{e.Item, e.DC}] {
			return nil
		}
		fact, err := decode[models.Evaluation](e)
		if err != nil || fact.Outcome != "no_action" {
			return err
		}
		return w.Withdraw(ctx, fact)
	case models.TypePurchaseOrder, models.TypeTransferOrder:
		fact, err := decode[models.OrderChanged](e)
		if err != nil || fact.Reference == "" {
			return err
		}
		return w.Ordered(ctx, fact.Reference, fact.Order)
	default:
		return nil
	}
}

func decode[T any](e models.Event) (fact T, err error) {
	if err := json.Unmarshal([]byte(e.Data), &fact); err != nil {
		return fact, fmt.Errorf("read event %d: %w", e.Seq, err)
	}
	return fact, nil
}
