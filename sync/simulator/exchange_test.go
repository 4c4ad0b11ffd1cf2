package simulator_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/simulator"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

func nightlyConfig(dsn, files string, tower *towertest.Tower, day time.Duration) simulator.Config {
	system := simulator.System{Key: "tlk_test", Secret: towertest.Secret}
	return simulator.Config{
		DSN: dsn, TowerURL: tower.URL, ERP: system, Forecasting: system, Replenishment: system, ERPToken: token,
		Exchange: simulator.ExchangeNightly, Files: files, Day: day, Items: items, Logger: slog.New(slog.DiscardHandler),
	}
}

func start(t *testing.T, ctx context.Context, cfg simulator.Config) *simulator.Running {
	t.Helper()
	running, err := simulator.Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return running
}

// order makes a purchase order for one of the articles that the tower knows.
func order(t *testing.T, tower *towertest.Tower, running *simulator.Running, reference string) {
	t.Helper()
	known := tower.Await(t, "an item", func(e webhook.Event) bool { return e.Type == models.TypeItemChanged })
	item := towertest.Data[models.ItemChanged](t, known)
	status := call(t, http.MethodPost, running.Addresses.ERP+"/erp/purchase-orders", map[string]any{
		"reference": reference, "supplier": item.Supplier, "dc": "DC-BHM", "currency": item.Currency,
		"lines": []models.OrderLine{{
			Line: 1, Item: item.Item, Quantity: item.MOQ.Mul(item.PackSize), Unit: item.Unit, UnitPrice: item.UnitCost,
			NeedBy: calendar.Start().AddDate(0, 0, 20).Format(time.DateOnly),
		}},
	}, nil)
	if status != http.StatusCreated {
		t.Fatalf("order: %d", status)
	}
}

// settled waits until the tower has answered for all that stands in a file: what
// a stop catches on its way comes again under its ids.
func settled(t *testing.T, dsn string) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	storetest.Eventually(t, "the files settled", func() bool {
		var open int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM simulator.outbox WHERE file IS NOT NULL`).Scan(&open); err != nil {
			t.Fatal(err)
		}
		return open == 0
	})
}

// A day that hardly moves, then one that is soon over.
func TestWhatHappensByDayComesWithTheNight(t *testing.T) {
	tower, dsn, files := towertest.New(t), storetest.DSN(t), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running := start(t, ctx, nightlyConfig(dsn, files, tower, 24*time.Hour))
	tower.Await(t, "the first forecasts", func(e webhook.Event) bool { return e.Type == models.TypeForecastRevision })
	const reference = "TL-R-1"
	order(t, tower, running, reference)
	settled(t, dsn)
	stop(t, cancel, running)
	ours := func(e webhook.Event) bool {
		return e.Type == models.TypePurchaseOrder && towertest.Data[models.OrderChanged](t, e).Reference == reference
	}
	for _, event := range tower.Events() {
		if ours(event) {
			t.Fatal("the order was told by day")
		}
	}

	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	running = start(t, ctx, nightlyConfig(dsn, files, tower, 2*time.Second))
	told := tower.Await(t, "the order", ours)
	stop(t, cancel, running)
	monday := calendar.Start().Format(time.DateOnly)
	text, err := os.ReadFile(filepath.Join(files, "erp-"+monday+".ndjson"))
	if err != nil || !bytes.Contains(text, []byte(`"`+told.ID+`"`)) {
		t.Errorf("the order is not in the file of %s: %v", monday, err)
	}
	if _, repeats := tower.Posts(); repeats != 0 {
		t.Errorf("%d events were sent twice", repeats)
	}
}

// The tower's deliveries come to a recommendation and back to an order.
func TestNightlyLoopIsClosed(t *testing.T) {
	tower := towertest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running := start(t, ctx, nightlyConfig(storetest.DSN(t), t.TempDir(), tower, 4*time.Second))
	loop := &relay{tower: tower, running: running}
	deadline := time.Now().Add(2 * towertest.Patience)
	for loop.ordered == 0 {
		if time.Now().After(deadline) {
			t.Fatal("nothing was ordered")
		}
		loop.pass(t)
	}
	stop(t, cancel, running)
}

func TestDemoKeepsTheExchangeItBeganWith(t *testing.T) {
	tower, dsn := towertest.New(t), storetest.DSN(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running := start(t, ctx, nightlyConfig(dsn, t.TempDir(), tower, 24*time.Hour))
	stop(t, cancel, running)
	cfg := nightlyConfig(dsn, "", tower, 24*time.Hour)
	cfg.Exchange = simulator.ExchangeLive
	_, err := simulator.Run(t.Context(), cfg)
	if models.CodeOf(err) != models.CodePrecondition || !strings.Contains(err.Error(), "--reset") {
		t.Errorf("live after nightly: %v", err)
	}
}
