package forecasting

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
	"throughline/sync/simulator/simdb"
	"throughline/sync/simulator/stockapi"
	"throughline/sync/simulator/webhook"
)

// key is an item at a DC.
type key struct{ item, dc string }

// news is a balance, or a movement after one, of the ERP's stock; what is held is the
// last of them.
type news struct {
	stockapi.Row
	moves bool // it is a movement: as news, the quantities are what it adds
}

func (n news) key() key { return key{n.Item, n.DC} }

// turn is a moment at which an item sold out at a DC, or was there again.
type turn struct {
	key
	day time.Time // business
	out bool
}

// holding is what a delivery makes of the stock that is held.
type holding struct {
	rows  map[key]news
	turns []turn
	day   func(time.Time) time.Time // the business day of a real time
}

// holdStock takes the balances and movements of a delivery into what is held, as far
// as they are newer. They cost two statements, however many they are.
func (f *Forecasting) holdStock(ctx context.Context, events []webhook.Event) error {
	all, err := newsIn(events)
	if err != nil || len(all) == 0 {
		return err
	}
	f.holding.Lock()
	defer f.holding.Unlock()
	return simdb.InTx(ctx, f.cfg.DB, func(tx pgx.Tx) error {
		h, err := f.held(ctx, tx, all)
		if err != nil {
			return err
		}
		for _, n := range all {
			h.take(n)
		}
		return h.save(ctx, tx)
	})
}

func newsIn(events []webhook.Event) ([]news, error) {
	var all []news
	for _, event := range events {
		n, err := newsOf(event)
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", event.ID, err)
		}
		if n.Item != "" {
			all = append(all, n)
		}
	}
	return all, nil
}

// newsOf is empty for an event of another type.
func newsOf(event webhook.Event) (news, error) {
	switch event.Type {
	case models.TypeBalance:
		var b models.InventoryBalance
		err := json.Unmarshal(event.Data, &b)
		return news{Row: stockapi.Row{Item: b.Item, DC: b.DC, OnHand: b.OnHand, Allocated: b.Allocated, Version: b.Version, AsOf: b.Time}}, err
	case models.TypeMovement:
		var m models.InventoryMovement
		err := json.Unmarshal(event.Data, &m)
		return news{stockapi.Row{Item: m.Item, DC: m.DC, OnHand: m.OnHandDelta, Allocated: m.AllocatedDelta, Version: m.Version, AsOf: m.Time}, true}, err
	}
	return news{}, nil
}

// held reads what is held of all that some news are of.
func (f *Forecasting) held(ctx context.Context, tx pgx.Tx, all []news) (*holding, error) {
	items, dcs := make([]string, len(all)), make([]string, len(all))
	for i, n := range all {
		items[i], dcs[i] = n.Item, n.DC
	}
	found, err := tx.Query(ctx, `
		SELECT item, dc, on_hand, allocated, version, as_of, moved FROM held_stock
		WHERE (item, dc) IN (SELECT * FROM unnest($1::text[], $2::text[]))`, items, dcs)
	if err != nil {
		return nil, fmt.Errorf("read the stock that is held: %w", err)
	}
	rows, err := pgx.CollectRows(found, func(row pgx.CollectableRow) (n news, err error) {
		return n, row.Scan(&n.Item, &n.DC, &n.OnHand, &n.Allocated, &n.Version, &n.AsOf, &n.moves)
	})
	if err != nil {
		return nil, fmt.Errorf("read the stock that is held: %w", err)
	}
	h := &holding{rows: make(map[key]news, len(rows)), day: func(at time.Time) time.Time {
		return f.cfg.Clock.At(at).Truncate(24 * time.Hour)
	}}
	for _, row := range rows {
		h.rows[row.key()] = row
	}
	return h, nil
}

// take brings news in that are newer than what is held, and notes when an item sold out
// or came again. A movement without a balance says nothing: the next balance includes it.
// A balance also restates what movements up to its own version have added up to.
func (h *holding) take(n news) {
	before, known := h.rows[n.key()]
	restates := !n.moves && before.moves && n.Version == before.Version
	if known && n.Version <= before.Version && !restates || n.moves && !known {
		return
	}
	now := n
	if n.moves {
		now.OnHand, now.Allocated = before.OnHand.Add(n.OnHand), before.Allocated.Add(n.Allocated)
	}
	if out := soldOut(now.Row); out != (known && soldOut(before.Row)) {
		h.turns = append(h.turns, turn{n.key(), h.day(now.AsOf), out})
	}
	h.rows[n.key()] = now
}

func soldOut(row stockapi.Row) bool { return !row.OnHand.Sub(row.Allocated).IsPositive() }

func (h *holding) save(ctx context.Context, tx pgx.Tx) error {
	var (
		items, dcs, onHand, allocated []string
		versions                      []int64
		asOf                          []time.Time
		moved                         []bool
	)
	for _, row := range h.rows {
		items, dcs = append(items, row.Item), append(dcs, row.DC)
		onHand, allocated = append(onHand, row.OnHand.String()), append(allocated, row.Allocated.String())
		versions, asOf, moved = append(versions, row.Version), append(asOf, row.AsOf), append(moved, row.moves)
	}
	b := &pgx.Batch{}
	b.Queue(`
		INSERT INTO held_stock AS h (item, dc, on_hand, allocated, version, as_of, moved)
		SELECT item, dc, on_hand::numeric, allocated::numeric, version, as_of, moved
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::boolean[]) AS n (item, dc, on_hand, allocated, version, as_of, moved)
		ON CONFLICT (item, dc) DO UPDATE
		SET on_hand = excluded.on_hand, allocated = excluded.allocated, version = excluded.version, as_of = excluded.as_of, moved = excluded.moved
		WHERE excluded.version > h.version OR excluded.version = h.version AND h.moved AND NOT excluded.moved`, items, dcs, onHand, allocated, versions, asOf, moved)
	for _, t := range h.turns {
		if t.out {
			b.Queue(`INSERT INTO stockouts (item, dc, first) VALUES ($1, $2, $3) ON CONFLICT (item, dc, first) DO UPDATE SET last = NULL`, t.item, t.dc, t.day)
			continue
		}
		b.Queue(`UPDATE stockouts SET last = greatest(first, $3) WHERE item = $1 AND dc = $2 AND last IS NULL`, t.item, t.dc, t.day)
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("hold stock: %w", err)
	}
	return nil
}
