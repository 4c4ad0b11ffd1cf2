package replenishment

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"throughline/models"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
	"throughline/sync/simulator/webhook"
)

// draft is a change of the engine's knowledge, made in memory and then written
// as a whole. A fact may be noted more than once.
type draft struct {
	known    *knowledge
	facts    map[fact][]byte
	messages []outbox.Message
}

// fact names a stored fact.
type fact struct{ kind, key string }

// change makes and writes a draft in one transaction. When that fails memory is
// thrown away and read again before the next change: it is ahead of the
// database, unless the commit failed after it took effect.
func (e *Engine) change(ctx context.Context, work func(*draft) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.known == nil {
		known, err := loadKnowledge(ctx, e.cfg.DB)
		if err != nil {
			return err
		}
		e.known = known
	}
	d := &draft{known: e.known, facts: make(map[fact][]byte)}
	err := work(d)
	if err == nil && len(d.facts) > 0 {
		err = simdb.InTx(ctx, e.cfg.DB, func(tx pgx.Tx) error { return d.save(ctx, tx) })
	}
	if err != nil {
		e.known = nil
	}
	return err
}

func (d *draft) save(ctx context.Context, tx pgx.Tx) error {
	var kinds, keys, data []string
	for _, f := range slices.SortedFunc(maps.Keys(d.facts), func(a, b fact) int {
		return strings.Compare(a.kind+"\x00"+a.key, b.kind+"\x00"+b.key)
	}) {
		kinds, keys, data = append(kinds, f.kind), append(keys, f.key), append(data, string(d.facts[f]))
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO facts (kind, key, data) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
		ON CONFLICT (kind, key) DO UPDATE SET data = excluded.data`, kinds, keys, data)
	if err != nil {
		return fmt.Errorf("save facts: %w", err)
	}
	return outbox.Append(ctx, tx, Source, d.messages)
}

// note puts a fact into memory and into the draft.
func (d *draft) note(kind, name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	d.facts[fact{kind, name}] = data
	return d.known.load(kind, name, data)
}

// learn takes one delivered event, unless a newer one is known.
func (d *draft) learn(event webhook.Event) error {
	switch event.Type {
	case models.TypeItemChanged:
		return learnNewer(d, event, factItem, func(f models.ItemChanged) (string, bool) {
			return f.Item, f.Version > d.known.items[f.Item].Version
		})
	case models.TypeSupplierChanged:
		return learnNewer(d, event, factSupplier, func(f models.SupplierChanged) (string, bool) {
			return f.Supplier, f.Version > d.known.suppliers[f.Supplier].Version
		})
	case models.TypeLocationChanged:
		return learnNewer(d, event, factLocation, func(f models.LocationChanged) (string, bool) {
			return f.DC, f.Version > d.known.locations[f.DC].Version
		})
	case models.TypeForecastRevision:
		return d.learnForecast(event)
	case models.TypeConfirmation:
		return learnNewer(d, event, factConfirmation, func(f models.Confirmation) (string, bool) {
			name := lineKey(f.Order, f.Line)
			return name, f.ConfirmedAt.After(d.known.confirmations[name].ConfirmedAt)
		})
	case models.TypeBalance:
		return d.learnBalance(event)
	case models.TypeMovement:
		return d.learnMovement(event)
	case models.TypePurchaseOrder, models.TypeTransferOrder:
		return d.learnOrder(event)
	}
	return nil // delivered, but of no use here
}

// learnNewer notes a fact when newer says so, under the name it gives.
func learnNewer[T any](d *draft, event webhook.Event, kind string, newer func(T) (string, bool)) error {
	var value T
	if err := json.Unmarshal(event.Data, &value); err != nil {
		return err
	}
	name, yes := newer(value)
	if !yes {
		return nil
	}
	return d.note(kind, name, value)
}

// learnForecast keeps the revision before a newer one beside it.
func (d *draft) learnForecast(event webhook.Event) error {
	var f models.ForecastRevision
	if err := json.Unmarshal(event.Data, &f); err != nil {
		return err
	}
	at := key{f.Item, f.DC}
	before, known := d.known.forecasts[at]
	if f.Revision <= before.Revision {
		return nil
	}
	if known {
		if err := d.note(factEarlier, at.String(), before); err != nil {
			return err
		}
	}
	return d.note(factForecast, at.String(), revision{f, causeBy(event)})
}

// causeBy is the cause of what follows from a delivered event.
func causeBy(event webhook.Event) outbox.Cause {
	return outbox.Cause{TraceParent: event.TraceParent, Correlation: event.CorrelationID, Causation: event.ID}
}

func (d *draft) learnBalance(event webhook.Event) error {
	var f models.InventoryBalance
	if err := json.Unmarshal(event.Data, &f); err != nil {
		return err
	}
	at := key{f.Item, f.DC}
	have := d.known.stock[at]
	// A balance restates what movements up to its own version have added up to: where one
	// of them never came, their sum is wrong.
	if f.Version < have.Version || f.Version == have.Version && have.Balance == have.Version {
		return nil
	}
	return d.note(factStock, at.String(), stock{
		Item: f.Item, DC: f.DC, OnHand: f.OnHand, Allocated: f.Allocated, Version: f.Version, Balance: f.Version, AsOf: f.Time, Cause: causeBy(event),
	})
}

// learnMovement adds a movement to the balance it follows. Without a balance
// it says nothing: the next one includes it.
func (d *draft) learnMovement(event webhook.Event) error {
	var f models.InventoryMovement
	if err := json.Unmarshal(event.Data, &f); err != nil {
		return err
	}
	at := key{f.Item, f.DC}
	have, ok := d.known.stock[at]
	if !ok || f.Version <= have.Version {
		return nil
	}
	have.OnHand = have.OnHand.Add(f.OnHandDelta)
	have.Allocated = have.Allocated.Add(f.AllocatedDelta)
	have.Version, have.AsOf, have.Cause = f.Version, f.Time, causeBy(event)
	return d.note(factStock, at.String(), have)
}

// learnOrder notes an order; one with our reference decides the recommendation
// it was made from.
func (d *draft) learnOrder(event webhook.Event) error {
	var f models.OrderChanged
	if err := json.Unmarshal(event.Data, &f); err != nil {
		return err
	}
	if f.Version <= d.known.orders[f.Order].Version {
		return nil
	}
	for _, line := range f.Lines {
		at := key{line.Item, f.DC}
		last := d.known.reviews[at]
		if last.Offered == "" || f.Reference != models.OrderReference(last.Offered) {
			continue
		}
		last.Offered, last.FromDC = "", ""
		if err := d.note(factReview, at.String(), last); err != nil {
			return err
		}
	}
	return d.note(factOrder, f.Order, f)
}
