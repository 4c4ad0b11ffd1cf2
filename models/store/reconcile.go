package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// Reconciles keeps the runs of reconciliation and the drifts they found. It is
// safe for concurrent use.
type Reconciles struct{ db *DB }

// NewReconciles works on db.
func NewReconciles(db *DB) *Reconciles { return &Reconciles{db: db} }

// Begin opens a run of a comparison with a source. Only one runs per source, in whatever process: a second is
// CodeConflict. Runs that ended without a word are marked as interrupted. The
// run must be ended with its End.
func (r *Reconciles) Begin(ctx context.Context, of models.Comparison, source, askedBy string, now time.Time) (*ReconcileRun, error) {
	conn, err := r.db.Pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin a reconciliation: %w", err)
	}
	run := &ReconcileRun{conn: conn, source: source}
	if err := run.open(ctx, of, askedBy, now); err != nil {
		run.release(ctx)
		return nil, err
	}
	return run, nil
}

// Held is our position of a key; the zero value where we hold none.
func (r *Reconciles) Held(ctx context.Context, k ItemDC) (models.StockFigure, error) {
	var h models.StockFigure
	err := r.db.Pool.QueryRow(ctx, `
		SELECT on_hand, allocated, version, unit, as_of FROM positions WHERE item = $1 AND dc = $2`, k.Item, k.DC).
		Scan(&h.OnHand, &h.Allocated, &h.Version, &h.Unit, &h.AsOf)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return h, fmt.Errorf("read what we hold of %s in %s: %w", k.Item, k.DC, err)
	}
	return h, nil
}

// Preview completes what a re-read of a key would bring: what is held of it, and what
// would be if the owner's answer took effect, the movements after it on top.
func (r *Reconciles) Preview(ctx context.Context, p *models.RereadPreview) error {
	p.Balance, p.Then = -1, p.Theirs
	var onHand, allocated decimal.Decimal // of the movements after the answer
	err := r.db.Pool.QueryRow(ctx, `
		SELECT p.on_hand, p.allocated, p.version, p.unit, p.as_of, p.balance_version, coalesce(sum(m.on_hand_delta), 0), coalesce(sum(m.allocated_delta), 0)
		FROM positions p LEFT JOIN stock_movements m ON m.item = p.item AND m.dc = p.dc AND m.version > $3 AND m.kind <> 'balance'
		WHERE p.item = $1 AND p.dc = $2 GROUP BY p.item, p.dc`, p.Item, p.DC, p.Theirs.Version).
		Scan(&p.Ours.OnHand, &p.Ours.Allocated, &p.Ours.Version, &p.Ours.Unit, &p.Ours.AsOf, &p.Balance, &onHand, &allocated)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what a re-read of %s in %s would change: %w", p.Item, p.DC, err)
	}
	p.Then.OnHand, p.Then.Allocated = p.Then.OnHand.Add(onHand), p.Then.Allocated.Add(allocated)
	return nil
}

// Outcome is what came of an event so far; pending while it waits its turn.
func (r *Reconciles) Outcome(ctx context.Context, seq int64) (models.ReplayResult, error) {
	f := NewFailures(r.db)
	d, err := f.event(ctx, seq)
	if err == nil {
		err = f.readState(ctx, &d)
	}
	if err != nil {
		return models.ReplayResult{}, fmt.Errorf("read what came of event %d: %w", seq, err)
	}
	return models.ReplayResult{Seq: seq, State: d.State, Reason: d.Reason}, nil
}

// OurStock is our copy of some keys, and for those of which an event is here
// that has not taken effect, when the newest of these happened.
func (r *Reconciles) OurStock(ctx context.Context, keys []ItemDC) (stock map[ItemDC]models.StockFigure, pending map[ItemDC]PendingSpan, err error) {
	items, dcs := keyColumns(keys)
	rows, err := r.db.Pool.Query(ctx, `
		SELECT item, dc, on_hand, allocated, version, unit, as_of FROM positions
		WHERE (item, dc) IN (SELECT * FROM unnest($1::text[], $2::text[]))`, items, dcs)
	if err != nil {
		return nil, nil, fmt.Errorf("read our stock: %w", err)
	}
	stock = make(map[ItemDC]models.StockFigure, len(keys))
	var k ItemDC
	var f models.StockFigure
	var asOf time.Time
	_, err = pgx.ForEachRow(rows, []any{&k.Item, &k.DC, &f.OnHand, &f.Allocated, &f.Version, &f.Unit, &asOf}, func() error {
		at := asOf
		f.AsOf = &at
		stock[k] = f
		return nil
	})
	if err == nil {
		pending, err = r.pending(ctx, items, dcs)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read our stock: %w", err)
	}
	return stock, pending, nil
}

// Knows reports whether the master records of an item and of a DC are here.
func (r *Reconciles) Knows(ctx context.Context, k ItemDC) (knows bool, err error) {
	err = r.db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM items WHERE item = $1) AND EXISTS (SELECT FROM locations WHERE dc = $2)`, k.Item, k.DC).Scan(&knows)
	if err != nil {
		return false, fmt.Errorf("look for an item and a DC: %w", err)
	}
	return knows, nil
}

// OrderVersions are those of our copies of some orders; what is not known here is left out.
func (r *Reconciles) OrderVersions(ctx context.Context, numbers []string) (map[string]int64, error) {
	rows, err := r.db.Pool.Query(ctx, `SELECT number, version FROM orders WHERE number = ANY ($1)`, numbers)
	if err != nil {
		return nil, fmt.Errorf("read our orders: %w", err)
	}
	versions := map[string]int64{}
	var number string
	var version int64
	_, err = pgx.ForEachRow(rows, []any{&number, &version}, func() error {
		versions[number] = version
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read our orders: %w", err)
	}
	return versions, nil
}

// Known looks up which events are in the log, by their hashes.
func (r *Reconciles) Known(ctx context.Context, hashes []Digest) (map[Digest]KnownKey, error) {
	return NewLog(r.db).Known(ctx, hashes)
}

// PendingSpan is when the first and the last of a key's events occurred that are in
// the log and have not taken effect.
type PendingSpan struct {
	First, Last time.Time
}

// pending finds the events of keys that are in the log and have not taken
// effect: behind a cursor, held, waiting or parked.
func (r *Reconciles) pending(ctx context.Context, items, dcs []string) (map[ItemDC]PendingSpan, error) {
	rows, err := r.db.Pool.Query(ctx, pendingKeys, items, dcs)
	if err != nil {
		return nil, err
	}
	found := map[ItemDC]PendingSpan{}
	var k ItemDC
	var span PendingSpan
	_, err = pgx.ForEachRow(rows, []any{&k.Item, &k.DC, &span.First, &span.Last}, func() error {
		found[k] = span
		return nil
	})
	return found, err
}

// What is behind a cursor is looked for in the index of its shard: see movedChanges.
const pendingKeys = `
		WITH keys AS (SELECT 'inventory:' || item || '|' || dc AS key, item, dc FROM unnest($1::text[], $2::text[]) AS k(item, dc))
		SELECT item, dc, min(occurred_at), max(occurred_at) FROM (
			SELECT k.item, k.dc, u.occurred_at FROM keys k JOIN unsettled_events u USING (key)
			UNION ALL
			SELECT k.item, k.dc, e.occurred_at FROM shard_cursors c
			CROSS JOIN LATERAL (SELECT key, occurred_at FROM events e
				WHERE e.shard = c.shard AND e.seq > c.seq AND e.received_at >= c.day - 1 OFFSET 0) e
			JOIN keys k USING (key)) AS pending
		GROUP BY item, dc`

// Heard is the newest stock event of a source that took effect for each DC, by
// the time at which it happened. What happened before and did not come was skipped.
func (r *Reconciles) Heard(ctx context.Context, source string) (map[string]time.Time, error) {
	rows, err := r.db.Pool.Query(ctx, `
		SELECT dc, max(occurred_at) FROM freshness WHERE source = $1 AND entity = 'inventory' GROUP BY dc`, source)
	if err != nil {
		return nil, fmt.Errorf("read how far %s was heard: %w", source, err)
	}
	heard := map[string]time.Time{}
	var dc string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&dc, &at}, func() error {
		heard[dc] = at
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read how far %s was heard: %w", source, err)
	}
	return heard, nil
}

func keyColumns(keys []ItemDC) (items, dcs []string) {
	for _, k := range keys {
		items, dcs = append(items, k.Item), append(dcs, k.DC)
	}
	return items, dcs
}

// StandingDrift is a drift that has not cleared, with what it is worth at cost.
type StandingDrift struct {
	Source, Item, DC, Description string
	Class, Supplier, Currency     string
	Cause                         models.DriftCause
	Why                           string
	IsCopy                        bool // Ours is what Source holds, a system that is not the owner
	Theirs, Ours                  models.StockFigure
	Value                         decimal.Decimal
	FoundAt                       time.Time
}

// Standing reads the drifts that nothing on its way explains and that have not
// cleared, the dearest first.
func (r *Reconciles) Standing(ctx context.Context) ([]StandingDrift, error) {
	const what = "read the standing drifts"
	rows, err := r.db.Pool.Query(ctx, `
		SELECT d.source, d.item, d.dc, coalesce(i.description, d.item), coalesce(i.abc_class, ''), coalesce(i.supplier, ''), coalesce(i.currency, '`+models.FallbackCurrency+`'),
			d.cause, d.why, d.is_copy, d.their_on_hand, d.their_allocated, d.their_version, d.our_on_hand, d.our_allocated, d.our_version,
			`+driftValue+` AS value, d.found_at
		FROM drifts d LEFT JOIN items i USING (item)
		WHERE d.cleared_at IS NULL AND d.cause <> 'in_flight' ORDER BY value DESC, d.id LIMIT $1`, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, d *StandingDrift) error {
		return row.Scan(&d.Source, &d.Item, &d.DC, &d.Description, &d.Class, &d.Supplier, &d.Currency,
			&d.Cause, &d.Why, &d.IsCopy, &d.Theirs.OnHand, &d.Theirs.Allocated, &d.Theirs.Version, &d.Ours.OnHand, &d.Ours.Allocated, &d.Ours.Version,
			&d.Value, &d.FoundAt)
	})
}

const driftValue = `(abs(d.their_on_hand - d.our_on_hand) * coalesce(i.unit_cost, 0))`
