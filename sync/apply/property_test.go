package apply_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/eventlog"
)

const (
	sequencesPerRound = 110 // with rapid's 100 rounds: 11,000 sequences
	sendings          = 5
)

// sequence is what happens to one item at one DC, as a set: no order is right.
type sequence struct {
	item      string
	balances  map[int64]int64 // on hand by version
	movements map[int64]int64 // difference by version
	revisions map[int64]int64 // forecast quantity by revision
	orders    map[int64]int64 // quantity of an order's line by version
}

func versions(t *rapid.T, label string, most int) map[int64]int64 {
	return rapid.MapOfN(rapid.Int64Range(1, 9), rapid.Int64Range(1, 99), 0, most).Draw(t, label)
}

// outcome is the model: what must stand at the end, whatever came first and how often.
type outcome struct{ position, forecast, order string }

func (s *sequence) outcome() outcome {
	o := outcome{position: "none", forecast: "none", order: "none"}
	balanceVersion, newest := int64(-1), int64(-1)
	var onHand int64
	for v, quantity := range s.balances {
		if v > balanceVersion {
			balanceVersion, newest, onHand = v, v, quantity
		}
	}
	for v, delta := range s.movements {
		if v > balanceVersion {
			onHand, newest = onHand+delta, max(newest, v)
		}
	}
	if newest >= 0 {
		o.position = fmt.Sprintf("%d v%d b%d", onHand, newest, balanceVersion)
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

func newestOf(byVersion map[int64]int64) (newest int64) {
	for v := range byVersion {
		newest = max(newest, v)
	}
	return newest
}

func (s *sequence) facts() []any {
	var facts []any
	for v, q := range s.balances {
		facts = append(facts, balance(s.item, "D0", v, strconv.FormatInt(q, 10), "0"))
	}
	for v, q := range s.movements {
		facts = append(facts, movement(s.item, "D0", v, strconv.FormatInt(q, 10), "0"))
	}
	for v, q := range s.revisions {
		f := forecast(v, "2011-03-01", strconv.FormatInt(q, 10))
		f.Item = s.item
		facts = append(facts, f)
	}
	for v, q := range s.orders {
		o := purchaseOrder(v, "open", strconv.FormatInt(q, 10))
		o.Order = "PO-" + s.item
		facts = append(facts, o)
	}
	return facts
}

// TestAnyOrderAndAnyRepetitionGiveTheSameState sends each event five times in
// any order, some under a new id as a source does that has lost its outbox,
// and whole batches again, and holds the result against the model.
func TestAnyOrderAndAnyRepetitionGiveTheSameState(t *testing.T) {
	w := newWorld(t)
	w.masters(0, 1)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		sequences := make([]sequence, sequencesPerRound)
		for i := range sequences {
			sequences[i] = sequence{
				item:     fmt.Sprintf("P%d-%d", round, i),
				balances: versions(rt, "balances", 2), movements: versions(rt, "movements", 3),
				revisions: versions(rt, "revisions", 1), orders: versions(rt, "orders", 1),
			}
		}
		seed := rapid.Uint64().Draw(rt, "order")
		w.knownItems(sequences)
		w.sendInAnyOrder(sequences, rand.New(rand.NewPCG(seed, 0)))
		w.run()
		got := w.outcomes(fmt.Sprintf("P%d-%%", round))
		for i := range sequences {
			want, have := sequences[i].outcome(), got[sequences[i].item]
			if have != want {
				rt.Fatalf("%+v gave %+v, want %+v", sequences[i], have, want)
			}
		}
	})
	if books := w.expectBooks().Total; books.Parked+books.Pending != 0 {
		t.Errorf("nothing should be left over: %+v", books)
	}
	if n := w.count(`SELECT count(*) FROM positions p WHERE on_hand <> (
		SELECT sum(on_hand_delta) FROM stock_movements m WHERE m.item = p.item AND m.dc = p.dc)`); n != 0 {
		t.Errorf("the ledger does not lead to %d of the positions", n)
	}
}

// knownItems makes the master records without a detour.
func (w *world) knownItems(sequences []sequence) {
	w.t.Helper()
	ids := make([]string, len(sequences))
	for i := range sequences {
		ids[i] = sequences[i].item
	}
	_, err := w.db.Pool.Exec(w.t.Context(), `
		INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
		SELECT i, '', 'EA', 1, 1, 1, 1, 'GBP', 'A', 'S1', 1, gen_random_uuid(), 0, now() FROM unnest($1::text[]) AS i`, ids)
	if err != nil {
		w.t.Fatal(err)
	}
}

// sendInAnyOrder goes through intake's own door to the log, which swallows the
// repetition of an id, applies between the batches, and repeats some of them.
func (w *world) sendInAnyOrder(sequences []sequence, order *rand.Rand) {
	w.t.Helper()
	var entries []store.Entry
	for i := range sequences {
		for n, fact := range sequences[i].facts() {
			for sending := range sendings {
				id := fmt.Sprintf("%s/%d", sequences[i].item, n)
				if sending >= 3 {
					id = fmt.Sprintf("%s/%d", id, sending)
				}
				entries = append(entries, eventlog.NewEntry(event(w.t, "erp", id, typeOf(fact), fact), shards))
			}
		}
	}
	order.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	for batch := range slices.Chunk(entries, 1+len(entries)/(2+order.IntN(4))) {
		w.append(batch)
		if order.IntN(2) == 0 {
			w.run()
		}
		if order.IntN(4) == 0 {
			w.append(batch)
		}
	}
}

// append appends what is distinct, as the appender does.
func (w *world) append(batch []store.Entry) {
	w.t.Helper()
	seen := map[store.Digest]bool{}
	distinct := slices.DeleteFunc(slices.Clone(batch), func(e store.Entry) bool {
		again := seen[e.Hash]
		seen[e.Hash] = true
		return again
	})
	if len(distinct) == 0 {
		return
	}
	if _, err := store.NewLog(w.db).Append(w.t.Context(), models.LaneRealtime, distinct); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) outcomes(items string) map[string]outcome {
	w.t.Helper()
	rows, err := w.db.Pool.Query(w.t.Context(), `
		SELECT i.item, p.on_hand, p.version, p.balance_version, f.quantity, f.revision, l.quantity, o.version
		FROM items i LEFT JOIN positions p USING (item)
		LEFT JOIN LATERAL (SELECT quantity, revision FROM forecast_revisions f WHERE f.item = i.item ORDER BY revision DESC LIMIT 1) f ON true
		LEFT JOIN orders o ON o.number = 'PO-' || i.item LEFT JOIN order_lines l USING (number)
		WHERE i.item LIKE $1`, items)
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]outcome{}
	var item string
	var onHand, forecast, quantity *decimal.Decimal
	var version, balanceVersion, revision, orderVersion *int64
	_, err = pgx.ForEachRow(rows, []any{&item, &onHand, &version, &balanceVersion, &forecast, &revision, &quantity, &orderVersion}, func() error {
		o := outcome{position: "none", forecast: "none", order: "none"}
		if onHand != nil {
			o.position = fmt.Sprintf("%s v%d b%d", onHand, *version, *balanceVersion)
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
