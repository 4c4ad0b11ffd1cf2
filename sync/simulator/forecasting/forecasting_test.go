package forecasting_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/forecast"
	"throughline/sync/simulator/forecasting"
	"throughline/sync/simulator/inbox"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

const items = 30 // of the demo data, to be quick

// bench is a forecasting system in a parallel test, with a clock that only the
// test moves. Business time is real time from the start on.
type bench struct {
	t         *testing.T
	real      time.Time
	db        *pgxpool.Pool
	data      *demodata.Data
	board     *fault.Board
	forecasts *forecasting.Forecasting
	url       string
	tower     *towertest.Tower
	send      *outbox.Sender
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return makeBench(t, func(*pgxpool.Pool, *calendar.Clock) *inbox.Inbox { return nil })
}

func makeBench(t *testing.T, inboxOf func(*pgxpool.Pool, *calendar.Clock) *inbox.Inbox) *bench {
	t.Helper()
	t.Parallel()
	ctx, quiet := t.Context(), slog.New(slog.DiscardHandler)
	b := &bench{t: t, real: time.Now(), tower: towertest.New(t)}
	now := func() time.Time { return b.real }
	fail := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	b.db, err = simdb.Open(ctx, storetest.DSN(t))
	fail(err)
	t.Cleanup(b.db.Close)
	b.data, err = demodata.Load()
	fail(err)
	b.data.Items = b.data.Items[:items]
	clock, err := calendar.Load(ctx, b.db, 24*time.Hour, now)
	fail(err)
	b.board, err = fault.NewBoard(ctx, b.db, nil, now, quiet)
	fail(err)
	b.forecasts, err = forecasting.New(forecasting.Config{
		DB: b.db, Data: b.data, Clock: clock, Board: b.board, Secret: towertest.Secret, Inbox: inboxOf(b.db, clock), Logger: quiet,
	})
	fail(err)
	b.send, err = outbox.NewSender(ctx, outbox.Config{Source: forecasting.Source, TowerURL: b.tower.URL, Key: "k", DB: b.db, Logger: quiet})
	fail(err)
	server := httptest.NewServer(b.forecasts.Handler())
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// pass lets time pass and returns the revisions that it brought.
func (b *bench) pass(d time.Duration) []models.ForecastRevision {
	b.t.Helper()
	before := len(b.tower.Events())
	b.real = b.real.Add(d)
	if err := b.forecasts.Advance(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	for more := true; more; {
		var err error
		if more, err = b.send.RunOnce(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
	}
	var revisions []models.ForecastRevision
	for _, event := range b.tower.Events()[before:] {
		revisions = append(revisions, towertest.Data[models.ForecastRevision](b.t, event))
	}
	return revisions
}

// sell delivers one sales-order line of an item in Birmingham.
func (b *bench) sell(order string, day time.Time, pieces int64) {
	b.t.Helper()
	event := towertest.Event(b.t, order, models.TypeSalesOrder, models.SalesOrder{
		Order: order, Line: 1, Customer: "C-1", Item: b.data.Items[0].Code, DC: "DC-BHM",
		Quantity: decimal.NewFromInt(pieces), Unit: "EA", OrderedDay: day.Format(time.DateOnly), Version: 1,
	})
	if status := towertest.Deliver(b.t, b.url+"/webhooks", towertest.Secret, event, event); status != http.StatusNoContent {
		b.t.Fatalf("delivery: %d", status)
	}
}

func TestFirstRevisionsCoverEveryItemAndDCOnce(t *testing.T) {
	b := newBench(t)
	first := b.pass(0)
	if len(first) != 6*items {
		t.Fatalf("%d revisions", len(first))
	}
	seen := make(map[string]bool)
	for _, r := range first {
		key := r.Item + "|" + r.DC
		if seen[key] || r.Revision != 1 || len(r.Quantities) != forecast.Horizon || r.Start != calendar.Start().Format(time.DateOnly) {
			t.Errorf("revision %+v", r)
		}
		seen[key] = true
	}
	if again := b.pass(time.Minute); len(again) != 0 {
		t.Errorf("%d revisions a minute later", len(again))
	}
}

func TestUnusualDemandBringsANewRevision(t *testing.T) {
	b := newBench(t)
	before := find(b.pass(0), b.data.Items[0].Code, "DC-BHM")
	today := calendar.Start().Truncate(24 * time.Hour)
	b.sell("SO-1", today, 5000) // delivered twice in one batch
	b.sell("SO-1", today, 5000) // and once more
	if early := b.pass(12 * time.Hour); len(early) != 0 {
		t.Errorf("%d revisions before the day has ended", len(early))
	}
	after := find(b.pass(10*time.Hour), b.data.Items[0].Code, "DC-BHM")
	if after.Revision != 2 || after.Start != today.AddDate(0, 0, 1).Format(time.DateOnly) {
		t.Fatalf("after unusual demand: revision %d from %s", after.Revision, after.Start)
	}
	// 5,000 pieces once raise an average day by about alpha × 5,000 = 250.
	if rise := sum(after).Sub(sum(before)).Div(decimal.NewFromInt(forecast.Horizon)); rise.LessThan(decimal.NewFromInt(200)) || rise.GreaterThan(decimal.NewFromInt(320)) {
		t.Errorf("an average day rose by %s", rise)
	}
}

func TestLateDemandCountsWhenItComes(t *testing.T) {
	b := newBench(t)
	b.pass(0)
	b.pass(24 * time.Hour)
	b.sell("SO-1", calendar.Start().Truncate(24*time.Hour), 5000)
	if r := find(b.pass(24*time.Hour), b.data.Items[0].Code, "DC-BHM"); r.Revision < 2 {
		t.Error("late demand is lost")
	}
}

func TestForecastsAreRefreshedBeforeTheyRunOut(t *testing.T) {
	b := newBench(t)
	newest := make(map[string]string)
	for range 40 {
		for _, r := range b.pass(24 * time.Hour) {
			newest[r.Item+"|"+r.DC] = r.Start
		}
	}
	oldest := calendar.Start().AddDate(0, 0, 40-forecast.Horizon).Format(time.DateOnly)
	for key, start := range newest {
		if start < oldest {
			t.Errorf("%s was last forecast from %s on", key, start)
		}
	}
	if len(newest) != 6*items {
		t.Errorf("%d series", len(newest))
	}
}

func TestLateForecastsComeAfterTheFault(t *testing.T) {
	b := newBench(t)
	if _, err := b.board.Trigger(t.Context(), fault.ForecastsLate, fault.ByRequest); err != nil {
		t.Fatal(err)
	}
	if held := b.pass(time.Minute); len(held) != 0 {
		t.Errorf("%d revisions while they are late", len(held))
	}
	if late := b.pass(time.Hour); len(late) != 6*items {
		t.Errorf("%d revisions afterwards", len(late))
	}
}

func TestDeliveriesOfOtherTypesAreTaken(t *testing.T) {
	b := newBench(t)
	status := towertest.Deliver(t, b.url+"/webhooks", towertest.Secret,
		towertest.Event(t, "1", models.TypeBalance, map[string]string{}), webhook.Event{ID: "2", Source: "erp", Type: "other", Data: []byte("1")})
	if status != http.StatusNoContent {
		t.Errorf("status %d", status)
	}
}

func find(revisions []models.ForecastRevision, item, dc string) (found models.ForecastRevision) {
	for _, r := range revisions {
		if r.Item == item && r.DC == dc {
			found = r
		}
	}
	return found
}

func sum(r models.ForecastRevision) decimal.Decimal {
	total := decimal.Zero
	for _, quantity := range r.Quantities {
		total = total.Add(quantity)
	}
	return total
}
