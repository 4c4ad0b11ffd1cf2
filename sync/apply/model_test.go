package apply_test

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// sequence is what happens to one item at one DC, as a set: no order is right.
type sequence struct {
	item      string
	balances  map[int64]int64 // on hand by version
	movements map[int64]int64 // difference by version
	revisions map[int64]int64 // forecast quantity by revision
	orders    map[int64]int64 // quantity of an order's line by version
	unknown   bool            // its master record comes with the others, in any order
}

func drawSequence(t *rapid.T, item string) sequence {
	return sequence{
		item: item, balances: versions(t, "balances", 2), movements: versions(t, "movements", 3),
		revisions: versions(t, "revisions", 1), orders: versions(t, "orders", 1), unknown: rapid.IntRange(0, 4).Draw(t, "unknown") == 0,
	}
}

func versions(t *rapid.T, label string, most int) map[int64]int64 {
	return rapid.MapOfN(rapid.Int64Range(1, 9), rapid.Int64Range(1, 99), 0, most).Draw(t, label)
}

// outcome is the model: what must stand at the end, whatever came first and how often.
type outcome struct{ position, forecast, order string }

func (s *sequence) outcome() outcome {
	o := outcome{position: "none", forecast: "none", order: "none"}
	balanceVersion, newest := int64(-1), int64(-1)
	var onHand, allocated int64
	for v, quantity := range s.balances {
		if v > balanceVersion {
			balanceVersion, newest, onHand, allocated = v, v, quantity, allocatedOf(quantity)
		}
	}
	for v, delta := range s.movements {
		if v > balanceVersion {
			onHand, allocated, newest = onHand+delta, allocated+allocatedOf(delta), max(newest, v)
		}
	}
	if newest >= 0 {
		o.position = fmt.Sprintf("%d/%d v%d b%d", onHand, allocated, newest, balanceVersion)
	}
	if len(s.revisions) > 0 {
		v := newestOf(s.revisions)
		o.forecast = fmt.Sprintf("%d v%d", s.revisions[v], v)
	}
	if len(s.orders) > 0 {
		v := newestOf(s.orders)
		o.order = fmt.Sprintf("%d v%d", s.orders[v], v)
	}
	return o
}

// allocatedOf is what goes with a quantity on hand, of a balance or a movement.
func allocatedOf(onHand int64) int64 { return onHand % 5 }

// stockOf are both as a fact carries them.
func stockOf(onHand int64) (string, string) {
	return strconv.FormatInt(onHand, 10), strconv.FormatInt(allocatedOf(onHand), 10)
}

func newestOf(byVersion map[int64]int64) (newest int64) {
	for v := range byVersion {
		newest = max(newest, v)
	}
	return newest
}

func (s *sequence) facts() []any {
	var facts []any
	if s.unknown {
		facts = append(facts, item(s.item, 1))
	}
	for v, q := range ordered(s.balances) {
		onHand, allocated := stockOf(q)
		facts = append(facts, balance(s.item, "D0", v, onHand, allocated))
	}
	for v, q := range ordered(s.movements) {
		onHand, allocated := stockOf(q)
		facts = append(facts, movement(s.item, "D0", v, onHand, allocated))
	}
	for v, q := range ordered(s.revisions) {
		f := forecast(v, "2011-03-01", strconv.FormatInt(q, 10))
		f.Item = s.item
		facts = append(facts, f)
	}
	for v, q := range ordered(s.orders) {
		o := purchaseOrder(v, "open", strconv.FormatInt(q, 10))
		o.Order = "PO-" + s.item
		facts = append(facts, o)
	}
	return facts
}

// ordered walks a map in the order of its keys, so that a seed leads to the same history.
func ordered(byVersion map[int64]int64) iter.Seq2[int64, int64] {
	return func(yield func(int64, int64) bool) {
		for _, v := range slices.Sorted(maps.Keys(byVersion)) {
			if !yield(v, byVersion[v]) {
				return
			}
		}
	}
}

// knownItems makes the master records without a detour.
func (w *world) knownItems(sequences []sequence) {
	w.t.Helper()
	var ids []string
	for i := range sequences {
		if !sequences[i].unknown {
			ids = append(ids, sequences[i].item)
		}
	}
	_, err := w.db.Pool.Exec(w.t.Context(), `
		INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
		SELECT i, '', 'EA', 1, 1, 1, 1, 'GBP', 'A', 'S1', 1, gen_random_uuid(), 0, now() FROM unnest($1::text[]) AS i`, ids)
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) outcomes(items string) map[string]outcome {
	w.t.Helper()
	rows, err := w.db.Pool.Query(w.t.Context(), `
		SELECT i.item, p.on_hand, p.allocated, p.version, p.balance_version, f.quantity, f.revision, l.quantity, o.version
		FROM items i LEFT JOIN positions p USING (item)
		LEFT JOIN LATERAL (SELECT quantity, revision FROM forecast_revisions f WHERE f.item = i.item ORDER BY revision DESC LIMIT 1) f ON true
		LEFT JOIN orders o ON o.number = 'PO-' || i.item LEFT JOIN order_lines l USING (number)
		WHERE i.item LIKE $1`, items)
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]outcome{}
	var item string
	var onHand, allocated, forecast, quantity *decimal.Decimal
	var version, balanceVersion, revision, orderVersion *int64
	_, err = pgx.ForEachRow(rows, []any{&item, &onHand, &allocated, &version, &balanceVersion, &forecast, &revision, &quantity, &orderVersion}, func() error {
		o := outcome{position: "none", forecast: "none", order: "none"}
		if onHand != nil {
			o.position = fmt.Sprintf("%s/%s v%d b%d", onHand, allocated, *version, *balanceVersion)
		}
		if forecast != nil {
			o.forecast = fmt.Sprintf("%s v%d", forecast, *revision)
		}
		if quantity != nil {
			o.order = fmt.Sprintf("%s v%d", quantity, *orderVersion)
		}
		all[item] = o
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}
