package apply_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/apply"
	"throughline/sync/contract"
)

var shards = models.Shards{Realtime: 8, Bulk: 2}

// epoch is when the worlds of these tests begin: business facts need no more than an order.
var epoch = time.Now().UTC().Truncate(time.Second)

// world is a database with master data, an engine that runs when it is told
// to, and a log to accept events into.
type world struct {
	t      testing.TB
	db     *store.DB
	engine *apply.Engine
	ids    int
}

func newWorld(t testing.TB, options ...func(*apply.Config)) *world {
	t.Helper()
	w := &world{t: t, db: storetest.New(t)}
	w.prepare()
	w.engine = newEngine(t, w.db, options...)
	return w
}

func (w *world) prepare() {
	w.t.Helper()
	if err := store.NewPartitions(w.db).Ensure(w.t.Context(), time.Now(), 1); err != nil {
		w.t.Fatal(err)
	}
}

func newEngine(t testing.TB, db *store.DB, options ...func(*apply.Config)) *apply.Engine {
	t.Helper()
	cfg := apply.Config{DB: db, Logger: slog.New(slog.DiscardHandler)}
	for _, option := range options {
		option(&cfg)
	}
	engine, err := apply.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// event is a fact with the envelope of a source.
func event(t testing.TB, source, id string, typ models.EventType, fact any) models.Event {
	t.Helper()
	data, err := json.Marshal(fact)
	if err != nil {
		t.Fatal(err)
	}
	e := models.Event{Source: source, ID: id, Type: typ, OccurredAt: epoch, Data: string(data), Key: models.OrderingKey(typ, fact)}
	e.Shard = shards.Of(typ.Lane(), e.Key)
	decoded, err := contract.Decode(typ, e.Data)
	if err != nil {
		t.Fatalf("the test's own %s is refused: %v", typ, err)
	}
	e.Item, e.DC = decoded.Item, decoded.DC
	return e
}

// send accepts facts in their order, each with an id of its own.
func (w *world) send(facts ...any) []int64 {
	w.t.Helper()
	events := make([]models.Event, len(facts))
	for i, fact := range facts {
		if e, ok := fact.(models.Event); ok {
			events[i] = e
			continue
		}
		w.ids++
		events[i] = event(w.t, "erp", fmt.Sprintf("e-%d", w.ids), typeOf(fact), fact)
	}
	return w.accept(events...)
}

func typeOf(fact any) models.EventType {
	switch f := fact.(type) {
	case *models.ItemChanged:
		return models.TypeItemChanged
	case *models.SupplierChanged:
		return models.TypeSupplierChanged
	case *models.LocationChanged:
		return models.TypeLocationChanged
	case *models.InventoryBalance:
		return models.TypeBalance
	case *models.InventoryMovement:
		return models.TypeMovement
	case *models.ThresholdBreached:
		return models.TypeThreshold
	case *models.SalesHistory:
		return models.TypeSalesHistory
	case *models.SalesOrder:
		return models.TypeSalesOrder
	case *models.Allocation:
		return models.TypeAllocation
	case *models.ForecastRevision:
		return models.TypeForecastRevision
	case *models.Evaluation:
		return models.TypeEvaluation
	case *models.Recommendation:
		return models.TypeRecommendation
	case *models.OrderChanged:
		if f.FromDC != "" {
			return models.TypeTransferOrder
		}
		return models.TypePurchaseOrder
	case *models.Confirmation:
		return models.TypeConfirmation
	case *models.ASN:
		return models.TypeASN
	case *models.GoodsReceipt:
		return models.TypeReceipt
	case *models.SupplierException:
		return models.TypeSupplierException
	}
	panic(fmt.Sprintf("no type for %T", fact))
}

// accept appends to the log as intake does after dedupe, and counts what it received.
func (w *world) accept(events ...models.Event) []int64 {
	w.t.Helper()
	seqs := make([]int64, len(events))
	err := pgx.BeginFunc(w.t.Context(), w.db.Pool, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		for i, e := range events {
			b.Queue(`INSERT INTO events (shard, received_at, occurred_at, source, event_id, type, key, item, dc, conflict, data, extensions)
				VALUES ($1, now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11, '')) RETURNING seq`,
				e.Shard, e.OccurredAt, e.Source, e.ID, e.Type, e.Key, e.Item, e.DC, e.Conflict, e.Data, e.Extensions).
				QueryRow(func(row pgx.Row) error { return row.Scan(&seqs[i]) })
			b.Queue(`INSERT INTO books_received AS b (source, lane, received) VALUES ($1, $2, 1)
				ON CONFLICT (source, lane) DO UPDATE SET received = b.received + 1`, e.Source, e.Type.Lane())
		}
		return tx.SendBatch(w.t.Context(), b).Close()
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return seqs
}

// run applies until no shard has anything left and nothing can be woken.
func (w *world) run() { runEngine(w.t, w.engine) }

func runEngine(t testing.TB, engine *apply.Engine) {
	t.Helper()
	if err := apply.Drain(context.WithoutCancel(t.Context()), engine); err != nil {
		t.Fatal(err)
	}
}

// masters makes items I0… at DCs D0… with one supplier, applied.
func (w *world) masters(items, dcs int) {
	w.t.Helper()
	facts := []any{&models.SupplierChanged{Supplier: "S1", Name: "Supplier", LeadTimeDays: dec("5"), CutOff: "16:00", Currency: "GBP", Version: 1}}
	for i := range items {
		facts = append(facts, item(fmt.Sprintf("I%d", i), 1))
	}
	for d := range dcs {
		facts = append(facts, location(fmt.Sprintf("D%d", d), 1))
	}
	w.send(facts...)
	w.run()
}

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func item(id string, version int64) *models.ItemChanged {
	return &models.ItemChanged{
		Item: id, Description: "An item", Unit: "EA", PackSize: dec("6"), MOQ: dec("1"), UnitCost: dec("2"), UnitPrice: dec("3.5"),
		Currency: "GBP", ABCClass: "A", Supplier: "S1", Version: version,
	}
}

func location(dc string, version int64) *models.LocationChanged {
	return &models.LocationChanged{DC: dc, Name: "DC " + dc, TimeZone: "Europe/London", Version: version}
}

func balance(item, dc string, version int64, onHand, allocated string) *models.InventoryBalance {
	return &models.InventoryBalance{
		Item: item, DC: dc, OnHand: dec(onHand), Allocated: dec(allocated), Unit: "EA", Version: version,
		Time: epoch.Add(time.Duration(version) * time.Second),
	}
}

func movement(item, dc string, version int64, onHand, allocated string) *models.InventoryMovement {
	return &models.InventoryMovement{
		Item: item, DC: dc, Kind: "sale", OnHandDelta: dec(onHand), AllocatedDelta: dec(allocated), Unit: "EA", Version: version,
		Time: epoch.Add(time.Duration(version) * time.Second),
	}
}

// position is what the store knows of an item at a DC.
func (w *world) position(item, dc string) string {
	w.t.Helper()
	var onHand, allocated decimal.Decimal
	var version, balanceVersion int64
	err := w.db.Pool.QueryRow(w.t.Context(), `SELECT on_hand, allocated, version, balance_version FROM positions WHERE item = $1 AND dc = $2`,
		item, dc).Scan(&onHand, &allocated, &version, &balanceVersion)
	if errors.Is(err, pgx.ErrNoRows) {
		return "none"
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprintf("%s/%s v%d b%d", onHand, allocated, version, balanceVersion)
}

// state is where an event stands: applied, or what its row says.
func (w *world) state(seq int64) string {
	w.t.Helper()
	var state string
	err := w.db.Pool.QueryRow(w.t.Context(), `
		SELECT coalesce((SELECT state || ' ' || code FROM unsettled_events WHERE seq = $1),
			(SELECT outcome FROM settled_events WHERE seq = $1), 'applied')`, seq).Scan(&state)
	if err != nil {
		w.t.Fatal(err)
	}
	return state
}

func (w *world) expectStates(seqs []int64, want ...string) {
	w.t.Helper()
	for i, seq := range seqs {
		if got := w.state(seq); got != want[i] {
			w.t.Errorf("event %d of %d is %s, want %s", i+1, len(seqs), got, want[i])
		}
	}
}

func (w *world) expectPosition(item, dc, want string) {
	w.t.Helper()
	if got := w.position(item, dc); got != want {
		w.t.Errorf("position of %s at %s is %s, want %s", item, dc, got, want)
	}
}

// balanced are the books, which must balance at any moment.
func (w *world) balanced() models.Books {
	w.t.Helper()
	books, err := store.NewBooks(w.db).Read(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if books.Total.Missing() != 0 {
		w.t.Fatalf("%d events are missing in the books: %+v", books.Total.Missing(), books.Total)
	}
	return books
}

// expectBooks holds the books against their recount, at a moment when nothing moves.
func (w *world) expectBooks() models.Books {
	w.t.Helper()
	return w.recounted(w.t)
}

// recounted is expectBooks on behalf of a test or of one history of it.
func (w *world) recounted(t interface {
	Helper()
	Fatalf(format string, args ...any)
}) models.Books {
	t.Helper()
	books := w.balanced()
	recount, err := store.NewBooks(w.db).Audit(w.t.Context())
	if err != nil {
		t.Fatalf("recount the books: %v", err)
	}
	if fmt.Sprint(books) != fmt.Sprint(recount) {
		t.Fatalf("the books say\n%+v\nand their recount\n%+v", books, recount)
	}
	return books
}

func (w *world) count(sql string, args ...any) int {
	w.t.Helper()
	var n int
	if err := w.db.Pool.QueryRow(w.t.Context(), sql, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// smallBatches makes batches of two, so that a test meets many of them.
func smallBatches(c *apply.Config) { c.BatchLimit = 2 }
