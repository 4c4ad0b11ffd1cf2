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

func (l logIntake) Accept(ctx context.Context, e models.Event) error {
	_, err := l.appender.Append(ctx, []store.Entry{eventlog.NewEntry(e, l.shards)})
	return err
}

// accept takes an owner's balance in as an event of its own. Its id is made of
// the key and the version, so a figure that is read again twice is one event.
func (c *Config) accept(ctx context.Context, b connector.Balance) error {
	fact := models.InventoryBalance{
		Item: b.Item, DC: b.DC, OnHand: b.OnHand, Allocated: b.Allocated, Unit: b.Unit, Version: b.Version, Time: b.AsOf.UTC(),
	}
	data, err := json.Marshal(fact)
	if err != nil {
		return fmt.Errorf("write a balance: %w", err)
	}
	return c.Intake.Accept(ctx, models.Event{
		Source: c.Source, ID: fmt.Sprintf("reread:%s|%s@%d", b.Item, b.DC, b.Version), Type: models.TypeBalance,
		Subject: b.Item + "|" + b.DC, Key: models.OrderingKey(models.TypeBalance, &fact),
		Item: b.Item, DC: b.DC, OccurredAt: b.AsOf.UTC(), Data: string(data),
	})
}
