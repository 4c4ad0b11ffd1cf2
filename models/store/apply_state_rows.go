package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

func items[V any](k *Keys[StockKey, V]) []string {
	return parts(k, func(s StockKey) string { return s.Item })
}

func dcs[V any](k *Keys[StockKey, V]) []string {
	return parts(k, func(s StockKey) string { return s.DC })
}

func queuePositions(b *pgx.Batch, k *Keys[StockKey, Position]) {
	if len(k.list) == 0 {
		return
	}
	for _, p := range k.found {
		p.BalanceVersion = -1
	}
	b.Queue(`SELECT k.n, t.on_hand::text, t.allocated::text, t.unit, t.version, t.balance_version, t.balance_hash, t.as_of
		FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (item, dc, n)
		CROSS JOIN LATERAL (SELECT * FROM positions p WHERE p.item = k.item AND p.dc = k.dc LIMIT 1) t`, items(k), dcs(k)).Query(func(rows pgx.Rows) error {
		var n int
		var p Position
		_, err := pgx.ForEachRow(rows, []any{&n, &p.OnHand, &p.Allocated, &p.Unit, &p.Version, &p.BalanceVersion, &p.BalanceHash, &p.AsOf},
			func() error {
				p.Exists, p.Stored = true, true
				*k.found[k.list[n-1]] = p
				return nil
			})
		return err
	})
}

// LoadLate reads, for the positions that are Late, the movements
// that stand in the ledger from that version on and count on top of the balance.
func (t *ApplyTx) LoadLate(ctx context.Context, positions *Keys[StockKey, Position]) error {
	var late Keys[StockKey, Position]
	var from []int64
	for _, key := range positions.list {
		if p := positions.found[key]; p.Late {
			late.Want(key)
			from = append(from, p.Earliest)
		}
	}
	if len(from) == 0 {
		return nil
	}
	rows, err := t.conn.Query(ctx, `SELECT k.n, m.version, m.on_hand_delta, m.allocated_delta, m.content_hash
		FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS k (item, dc, earliest, n)
		JOIN stock_movements m ON m.item = k.item AND m.dc = k.dc AND m.version >= k.earliest AND m.kind <> 'balance'`,
		items(&late), dcs(&late), from)
	if err != nil {
		return fmt.Errorf("read late movements: %w", err)
	}
	var n int
	var version int64
	var d Delta
	_, err = pgx.ForEachRow(rows, []any{&n, &version, &d.OnHand, &d.Allocated, &d.Hash}, func() error {
		positions.found[late.list[n-1]].Moved(version, d)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read late movements: %w", err)
	}
	return nil
}

// Moved notes a movement that counts on top of the balance.
func (p *Position) Moved(version int64, d Delta) {
	if p.Tail == nil {
		p.Tail = make(map[int64]Delta)
	}
	p.Tail[version] = d
}

func queueDays(b *pgx.Batch, k *Keys[DayKey, Day]) {
	if len(k.list) == 0 {
		return
	}
	b.Queue(`SELECT k.n, t.version, t.quantity
		FROM unnest($1::text[], $2::text[], $3::date[]) WITH ORDINALITY AS k (item, dc, day, n)
		JOIN demand_days t ON t.item = k.item AND t.dc = k.dc AND t.day = k.day`,
		parts(k, func(d DayKey) string { return d.Item }), parts(k, func(d DayKey) string { return d.DC }),
		textArray(parts(k, func(d DayKey) string { return d.Day }))).Query(func(rows pgx.Rows) error {
		var n int
		var d Day
		_, err := pgx.ForEachRow(rows, []any{&n, &d.Version, &d.Quantity}, func() error {
			d.Exists = true
			*k.found[k.list[n-1]] = d
			return nil
		})
		return err
	})
}

// textArray is an array literal of texts that need no quoting, such as days.
func textArray(texts []string) string { return "{" + strings.Join(texts, ",") + "}" }

func queueForecasts(b *pgx.Batch, k *Keys[StockKey, Revision]) {
	if len(k.list) == 0 {
		return
	}
	b.Queue(`SELECT k.n, f.revision, f.content_hash, f.start_day, f.quantities::text[]
		FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (item, dc, n)
		CROSS JOIN LATERAL (
			SELECT * FROM forecast_revisions f WHERE f.item = k.item AND f.dc = k.dc ORDER BY f.revision DESC LIMIT 1
		) f`, items(k), dcs(k)).Query(func(rows pgx.Rows) error {
		var n int
		var r Revision
		var quantities []string
		_, err := pgx.ForEachRow(rows, []any{&n, &r.Version, &r.Hash, &r.Start, &quantities}, func() error {
			r.Exists = true
			r.Quantities = make([]decimal.Decimal, len(quantities))
			for i, q := range quantities {
				d, err := decimal.NewFromString(q)
				if err != nil {
					return err
				}
				r.Quantities[i] = d
			}
			*k.found[k.list[n-1]] = r
			return nil
		})
		return err
	})
}

func queuePlans(b *pgx.Batch, k *Keys[string, Plan]) {
	if len(k.list) == 0 {
		return
	}
	b.Queue(`SELECT i.item, i.pack_size, coalesce(s.lead_time_days, 0)
		FROM items i LEFT JOIN suppliers s USING (supplier) WHERE i.item = ANY ($1)`, k.list).Query(func(rows pgx.Rows) error {
		var item string
		var p Plan
		_, err := pgx.ForEachRow(rows, []any{&item, &p.PackSize, &p.LeadTimeDays}, func() error {
			*k.found[item] = p
			return nil
		})
		return err
	})
}

func queueHolds(b *pgx.Batch, k *Keys[HoldKey, bool]) {
	if len(k.list) == 0 {
		return
	}
	b.Queue(`SELECT DISTINCT k.n FROM unnest($1::smallint[], $2::text[]) WITH ORDINALITY AS k (shard, key, n)
		JOIN unsettled_events u ON u.shard = k.shard AND u.key = k.key AND u.holds_key`,
		parts(k, func(h HoldKey) int16 { return h.Shard }), parts(k, func(h HoldKey) string { return h.Key }),
	).Query(func(rows pgx.Rows) error {
		var n int
		_, err := pgx.ForEachRow(rows, []any{&n}, func() error {
			*k.found[k.list[n-1]] = true
			return nil
		})
		return err
	})
}

// referenceExists knows the master table of each kind of reference.
const referenceExists = `(
	starts_with(ref, 'item:') AND EXISTS (SELECT FROM items WHERE item = substr(ref, 6)) OR
	starts_with(ref, 'location:') AND EXISTS (SELECT FROM locations WHERE dc = substr(ref, 10)) OR
	starts_with(ref, 'supplier:') AND EXISTS (SELECT FROM suppliers WHERE supplier = substr(ref, 10)))`

func queueReferences(b *pgx.Batch, k *Keys[string, bool]) {
	if len(k.list) == 0 {
		return
	}
	b.Queue(`SELECT ref FROM unnest($1::text[]) AS ref WHERE `+referenceExists, k.list).Query(func(rows pgx.Rows) error {
		var ref string
		_, err := pgx.ForEachRow(rows, []any{&ref}, func() error {
			*k.found[ref] = true
			return nil
		})
		return err
	})
}

// LockReferences takes the locks that the arrival of a master record and the
// search for it share, so that of a fact that begins to wait and the record it
// waits for one always sees the other. The locks are few and taken in order:
// thousands of references must not fill the lock table, nor two batches meet
// crosswise. They last until the transaction ends.
func (t *ApplyTx) LockReferences(ctx context.Context, references []string) error {
	buckets := make([]int32, len(references))
	for i, ref := range references {
		h := fnv.New32a()
		_, _ = h.Write([]byte(ref))
		buckets[i] = int32(h.Sum32() % referenceBuckets)
	}
	slices.Sort(buckets)
	buckets = slices.Compact(buckets)
	_, err := t.conn.Exec(ctx, `SELECT pg_advisory_xact_lock($1::int, b) FROM unnest($2::int[]) AS b`, referenceLock, buckets)
	if err != nil {
		return fmt.Errorf("lock the references: %w", err)
	}
	return nil
}

const (
	referenceLock    = 0x7265_66 // "ref", apart from every other two-key advisory lock
	referenceBuckets = 128
)

// LookAgain reads references once more; with LockReferences held the answer stands.
func (t *ApplyTx) LookAgain(ctx context.Context, references *Keys[string, bool]) error {
	b := &pgx.Batch{}
	queueReferences(b, references)
	if err := t.conn.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("look for references again: %w", err)
	}
	return nil
}

// BasisQuestion asks what a recommendation without a basis can have been computed from.
type BasisQuestion struct {
	StockKey
	Subscription string
	ComputedAt   time.Time
}

// BasisAnswer is what the tower had delivered to the engine (captured), or else
// had applied (inferred), before the computation. Zero versions are unknown.
type BasisAnswer struct {
	Captured                       bool
	ForecastRevision, StockVersion int64
}

// Bases answers each question, in order.
func (t *ApplyTx) Bases(ctx context.Context, questions []BasisQuestion) ([]BasisAnswer, error) {
	rows, err := t.conn.Query(ctx, `
		SELECT k.n, c.forecast IS NOT NULL OR c.stock IS NOT NULL,
			CASE WHEN c.forecast IS NOT NULL OR c.stock IS NOT NULL THEN c.forecast ELSE f.revision END,
			CASE WHEN c.forecast IS NOT NULL OR c.stock IS NOT NULL THEN c.stock ELSE m.version END
		FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) WITH ORDINALITY AS k (item, dc, subscription, computed_at, n)
		LEFT JOIN LATERAL (
			SELECT max(version) FILTER (WHERE entity = 'forecast') AS forecast, max(version) FILTER (WHERE entity = 'inventory') AS stock
			FROM delivered_versions d
			WHERE d.subscription = k.subscription AND d.item = k.item AND d.dc = k.dc AND d.delivered_at <= k.computed_at
		) c ON true
		LEFT JOIN LATERAL (
			SELECT max(revision) AS revision FROM forecast_revisions f
			WHERE f.item = k.item AND f.dc = k.dc AND f.applied_at <= k.computed_at
		) f ON true
		LEFT JOIN LATERAL (
			SELECT max(version) AS version FROM stock_movements m
			WHERE m.item = k.item AND m.dc = k.dc AND m.recorded_at <= k.computed_at
		) m ON true`,
		column(questions, func(q *BasisQuestion) string { return q.Item }), column(questions, func(q *BasisQuestion) string { return q.DC }),
		column(questions, func(q *BasisQuestion) string { return q.Subscription }),
		column(questions, func(q *BasisQuestion) time.Time { return q.ComputedAt }))
	if err != nil {
		return nil, fmt.Errorf("look for the bases of recommendations: %w", err)
	}
	answers := make([]BasisAnswer, len(questions))
	var n int
	var captured bool
	var forecast, stock *int64
	_, err = pgx.ForEachRow(rows, []any{&n, &captured, &forecast, &stock}, func() error {
		a := BasisAnswer{Captured: captured}
		if forecast != nil {
			a.ForecastRevision = *forecast
		}
		if stock != nil {
			a.StockVersion = *stock
		}
		answers[n-1] = a
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for the bases of recommendations: %w", err)
	}
	return answers, nil
}
