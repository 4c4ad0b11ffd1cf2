package reconcile

import (
	"context"
	"encoding/json"
	"fmt"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
	"throughline/sync/eventlog"
)

// Appender is the door to the event log.
type Appender interface {
	Append(ctx context.Context, entries []store.Entry) ([]eventlog.Outcome, error)
}

// ThroughLog is the Intake that appends to the event log itself.
func ThroughLog(appender Appender, shards models.Shards) Intake { return logIntake{appender, shards} }

type logIntake struct {
	appender Appender
	shards   models.Shards
}

func (l logIntake) Accept(ctx context.Context, e models.Event) (int64, error) {
	outcomes, err := l.appender.Append(ctx, []store.Entry{eventlog.NewEntry(e, l.shards)})
	if err != nil {
		return 0, err
	}
	return outcomes[0].Seq, nil
}

// accept takes an owner's balance in as an event of its own.
func (c *Config) accept(ctx context.Context, b connector.Balance) error {
	e, err := c.event(b, models.RereadID)
	if err == nil {
		_, err = c.Intake.Accept(ctx, e)
	}
	return err
}

// event is an owner's balance as its source would have sent it. Its id is made
// of the key and the version, so a figure that is read again twice is one event.
func (c *Config) event(b connector.Balance, id string) (models.Event, error) {
	fact := models.InventoryBalance{
		Item: b.Item, DC: b.DC, OnHand: b.OnHand, Allocated: b.Allocated, Unit: b.Unit, Version: b.Version, Time: b.AsOf.UTC(),
	}
	data, err := json.Marshal(fact)
	if err != nil {
		return models.Event{}, fmt.Errorf("write a balance: %w", err)
	}
	return models.Event{
		Source: c.Source, ID: fmt.Sprintf("%s%s|%s@%d", id, b.Item, b.DC, b.Version), Type: models.TypeBalance,
		Subject: b.Item + "|" + b.DC, Key: models.OrderingKey(models.TypeBalance, &fact),
		Item: b.Item, DC: b.DC, OccurredAt: b.AsOf.UTC(), Data: string(data),
	}, nil
}
