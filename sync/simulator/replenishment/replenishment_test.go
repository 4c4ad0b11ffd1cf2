package replenishment_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/inbox"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/replenish"
	"throughline/sync/simulator/replenishment"
	"throughline/sync/simulator/simdb"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

// bench is an engine in a parallel test, with a clock that only the test
// moves. Business time is real time from the start on.
type bench struct {
	t      *testing.T
	dsn    string
	real   time.Time
	db     *pgxpool.Pool
	board  *fault.Board
	clock  *calendar.Clock
	night  time.Duration // hour at which it imports; 0 uses what comes at once
	engine *replenishment.Engine
	url    string
	tower  *towertest.Tower
	send   *outbox.Sender
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return makeBench(t, 0)
}

func makeBench(t *testing.T, night time.Duration) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{t: t, dsn: storetest.DSN(t), real: time.Now(), night: night, tower: towertest.New(t)}
	b.start()
	b.deliver(
		b.event(models.TypeItemChanged, models.ItemChanged{
			Item: "85123A", Unit: "EA", PackSize: pieces(12), MOQ: pieces(24), Supplier: "S-01",
			UnitCost: decimal.RequireFromString("1.40"), Currency: "GBP", Version: 1,
		}),
		b.event(models.TypeSupplierChanged, models.SupplierChanged{
			Supplier: "S-01", LeadTimeDays: pieces(4), CutOff: "16:00", Currency: "GBP", Version: 1,
		}))
	return b
}

// start starts the engine on what the database holds, as after a kill -9.
func (b *bench) start() {
	b.t.Helper()
	ctx, quiet := b.t.Context(), slog.New(slog.DiscardHandler)
	fail := func(err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
	}
	var err error
	b.db, err = simdb.Open(ctx, b.dsn)
	fail(err)
	b.t.Cleanup(b.db.Close)
	now := func() time.Time { return b.real }
	b.clock, err = calendar.Load(ctx, b.db, 24*time.Hour, now)
	fail(err)
	var imports *inbox.Inbox
	if b.night > 0 {
		imports, err = inbox.New(inbox.Config{DB: b.db, System: replenishment.Source, Clock: b.clock, At: b.night})
		fail(err)
	}
	b.board, err = fault.NewBoard(ctx, b.db, nil, now, quiet)
	fail(err)
	policy := replenish.DefaultPolicy()
	policy.SafetyDays = 3 // makes the sums easy
	b.engine, err = replenishment.New(ctx, replenishment.Config{
		DB: b.db, Clock: b.clock, Board: b.board, Policy: &policy, Secret: towertest.Secret, Inbox: imports, Logger: quiet,
	})
	fail(err)
	b.send, err = outbox.NewSender(ctx, outbox.Config{Source: replenishment.Source, TowerURL: b.tower.URL, Key: "k", DB: b.db, Logger: quiet})
	fail(err)
	server := httptest.NewServer(b.engine.Handler())
	b.t.Cleanup(server.Close)
	b.url = server.URL
}

func pieces(n int64) decimal.Decimal { return decimal.NewFromInt(n) }

func (b *bench) event(kind models.EventType, data any) webhook.Event {
	return towertest.Event(b.t, "e", kind, data)
}

func (b *bench) balance(dc string, version, onHand int64) webhook.Event {
	return b.event(models.TypeBalance, models.InventoryBalance{
		Item: "85123A", DC: dc, OnHand: pieces(onHand), Unit: "EA", Version: version, Time: b.real,
	})
}

func (b *bench) sale(version, delta int64) webhook.Event {
	return b.event(models.TypeMovement, models.InventoryMovement{
		Item: "85123A", DC: "DC-LON", Kind: "sale", OnHandDelta: pieces(delta), Unit: "EA", Version: version, Time: b.real,
	})
}

// tenADay is a forecast: with a lead time of 4 days the reorder point is 80
// and the order-up-to level 150.
func (b *bench) tenADay(dc string, revision int64) webhook.Event {
	return b.event(models.TypeForecastRevision, models.ForecastRevision{
		Item: "85123A", DC: dc, Revision: revision, Run: "FC-1", Model: "m", ModelVersion: "m1", Bucket: "day",
		Start: calendar.Start().Format(time.DateOnly), Quantities: slices.Repeat([]decimal.Decimal{pieces(10)}, 28),
		Unit: "EA", PublishedAt: b.real,
	})
}

func (b *bench) deliver(events ...webhook.Event) {
	b.t.Helper()
	if status := towertest.Deliver(b.t, b.url+"/webhooks", towertest.Secret, events...); status != http.StatusNoContent {
		b.t.Fatalf("delivery: %d", status)
	}
}

// pass lets time pass and returns what the engine said meanwhile.
func (b *bench) pass(d time.Duration) (evaluations []models.Evaluation, recommendations []models.Recommendation) {
	b.t.Helper()
	before := len(b.tower.Events())
	b.real = b.real.Add(d)
	if err := b.engine.Advance(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	for more := true; more; {
		var err error
		if more, err = b.send.RunOnce(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
	}
	for _, event := range b.tower.Events()[before:] {
		switch event.Type {
		case models.TypeEvaluation:
			evaluations = append(evaluations, towertest.Data[models.Evaluation](b.t, event))
		case models.TypeRecommendation:
			recommendations = append(recommendations, towertest.Data[models.Recommendation](b.t, event))
		}
	}
	return evaluations, recommendations
}

func TestEveryRevisionIsEvaluatedWithItsBasis(t *testing.T) {
	b := newBench(t)
	b.deliver(b.balance("DC-LON", 41, 500), b.tenADay("DC-LON", 7))
	evaluations, recommendations := b.pass(time.Second)
	if len(evaluations) != 1 || len(recommendations) != 0 {
		t.Fatalf("%d evaluations, %d recommendations", len(evaluations), len(recommendations))
	}
	e := evaluations[0]
	if e.Outcome != "no_action" || e.Reason == "" || e.Basis.ForecastRevision != 7 || e.Basis.Inventory.Version != 41 ||
		!e.Basis.Inventory.Quantity.Equal(pieces(500)) {
		t.Errorf("evaluation %+v with basis %+v", e, e.Basis)
	}
	if again, _ := b.pass(time.Second); len(again) != 0 {
		t.Errorf("evaluated %d times", 1+len(again))
	}
}

func TestShortStockIsRecommendedOnceUntilItIsDecided(t *testing.T) {
	b := newBench(t)
	b.deliver(b.balance("DC-LON", 1, 80), b.tenADay("DC-LON", 1))
	evaluations, recommendations := b.pass(time.Second)
	if len(recommendations) != 1 || evaluations[0].Recommendation != recommendations[0].Recommendation {
		t.Fatalf("evaluations %+v, recommendations %+v", evaluations, recommendations)
	}
	r := recommendations[0]
	if r.Kind != "purchase" || r.Supplier != "S-01" || !r.Quantity.Equal(pieces(72)) || r.Basis.Inventory.Version != 1 {
		t.Errorf("recommendation %+v", r)
	}
	b.start() // the open offer survives a kill -9
	b.deliver(b.tenADay("DC-LON", 2))
	evaluations, recommendations = b.pass(time.Second)
	if len(recommendations) != 0 || len(evaluations) != 1 || evaluations[0].Outcome != "blocked" || !strings.Contains(evaluations[0].Reason, r.Recommendation) {
		t.Errorf("while undecided: %+v %+v", evaluations, recommendations)
	}
	b.deliver(b.ordered(r, 1, "open"), b.tenADay("DC-LON", 3))
	if evaluations, _ = b.pass(time.Second); len(evaluations) != 1 || evaluations[0].Outcome != "no_action" {
		t.Errorf("once it is on order: %+v", evaluations)
	}
	b.deliver(b.ordered(r, 2, "cancelled"), b.tenADay("DC-LON", 4))
	if _, recommendations = b.pass(time.Second); len(recommendations) != 1 {
		t.Errorf("after the order was cancelled: %+v", recommendations)
	}
}

func TestTheCutOffIsByTheClockOfTheDC(t *testing.T) {
	b := newBench(t)
	b.deliver(b.event(models.TypeLocationChanged, models.LocationChanged{DC: "DC-RTM", Name: "Rotterdam", TimeZone: "Europe/Amsterdam", Version: 1}),
		b.balance("DC-RTM", 1, 20), b.tenADay("DC-RTM", 1))
	_, recommendations := b.pass(time.Second)
	if len(recommendations) != 1 {
		t.Fatalf("%d recommendations", len(recommendations))
	}
	if by, want := recommendations[0].OrderBy, calendar.Start().Truncate(24*time.Hour).Add(14*time.Hour); !by.Equal(want) {
		t.Errorf("order by %s, want %s: four in the afternoon in Rotterdam", by, want)
	}
}

func (b *bench) ordered(r models.Recommendation, version int64, state string) webhook.Event {
	return b.event(models.TypePurchaseOrder, models.OrderChanged{
		Order: "PO-1", Reference: models.OrderReference(r.Recommendation), Supplier: r.Supplier, DC: r.DC, State: state, Currency: "GBP",
		OrderedAt: b.real, Version: version,
		Lines: []models.OrderLine{{Line: 1, Item: r.Item, Quantity: r.Quantity, Unit: "EA", UnitPrice: r.UnitPrice, NeedBy: r.NeedBy}},
	})
}

func TestUndecidedRecommendationIsMadeAgainAfterSomeDays(t *testing.T) {
	b := newBench(t)
	b.deliver(b.balance("DC-LON", 1, 80), b.tenADay("DC-LON", 1))
	_, first := b.pass(time.Second)
	b.deliver(b.tenADay("DC-LON", 2))
	_, second := b.pass(6 * 24 * time.Hour)
	if len(first) != 1 || len(second) != 1 || first[0].Recommendation == second[0].Recommendation {
		t.Errorf("first %+v, then %+v", first, second)
	}
}

func TestSurplusOfAnotherDCIsMoved(t *testing.T) {
	b := newBench(t)
	b.deliver(b.balance("DC-LON", 1, 60), b.balance("DC-GLA", 1, 600), b.tenADay("DC-GLA", 1), b.tenADay("DC-LON", 1))
	_, recommendations := b.pass(time.Second)
	if len(recommendations) != 1 || recommendations[0].Kind != "transfer" || recommendations[0].FromDC != "DC-GLA" || recommendations[0].DC != "DC-LON" {
		t.Errorf("recommendations %+v", recommendations)
	}
}

func TestOlderAndRepeatedFactsChangeNothing(t *testing.T) {
	b := newBench(t)
	b.deliver(b.sale(4, -1), b.balance("DC-LON", 5, 500), b.balance("DC-LON", 3, 10), b.sale(5, -100), b.tenADay("DC-LON", 2), b.tenADay("DC-LON", 1))
	b.deliver(b.sale(6, -20), b.sale(6, -20), b.sale(7, -30))
	evaluations, _ := b.pass(time.Second)
	if len(evaluations) != 1 {
		t.Fatalf("%d evaluations", len(evaluations))
	}
	basis := evaluations[0].Basis
	if basis.ForecastRevision != 2 || basis.Inventory.Version != 7 || !basis.Inventory.Quantity.Equal(pieces(450)) {
		t.Errorf("basis %+v, stock %+v", basis, basis.Inventory)
	}
}

func TestABalanceMakesGoodTheMovementsThatNeverCame(t *testing.T) {
	b := newBench(t)
	b.deliver(b.balance("DC-LON", 1, 500), b.sale(3, -20), b.tenADay("DC-LON", 1)) // the second never came
	b.deliver(b.balance("DC-LON", 3, 450))
	b.deliver(b.balance("DC-LON", 3, 999)) // one that uses its version again is none
	evaluations, _ := b.pass(time.Second)
	if len(evaluations) != 1 {
		t.Fatalf("%d evaluations", len(evaluations))
	}
	if stock := evaluations[0].Basis.Inventory; stock.Version != 3 || !stock.Quantity.Equal(pieces(450)) {
		t.Errorf("stock %+v", stock)
	}
}

func TestChangedStockIsLookedAtOnceADay(t *testing.T) {
	b := newBench(t)
	b.deliver(b.balance("DC-LON", 1, 500), b.tenADay("DC-LON", 1))
	b.pass(time.Second)
	looks := 0
	for hour := range 48 {
		b.deliver(b.balance("DC-LON", int64(2+hour), 499))
		evaluations, _ := b.pass(time.Hour)
		looks += len(evaluations)
	}
	if looks < 1 || looks > 2 {
		t.Errorf("looked %d times in two days", looks)
	}
}

func TestRequestedEvaluation(t *testing.T) {
	b := newBench(t)
	post := func(body string) int {
		response, err := http.Post(b.url+"/replenishment/evaluations", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode
	}
	if status := post(`{"item":"85123A","dc":"DC-LON","reason":"stale basis"}`); status != http.StatusAccepted {
		t.Errorf("status %d", status)
	}
	if status := post(`{"item":"85123A"}`); status != http.StatusBadRequest {
		t.Errorf("without a DC: status %d", status)
	}
	evaluations, _ := b.pass(time.Second)
	if len(evaluations) != 1 || evaluations[0].Outcome != "blocked" || evaluations[0].Reason == "" {
		t.Errorf("evaluations %+v", evaluations)
	}
}
