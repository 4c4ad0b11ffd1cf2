package simulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/contract"
	"throughline/sync/simulator"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

const (
	token = "erp-token"
	items = 100 // of the demo data, to be quick
)

func run(t *testing.T, ctx context.Context, dsn string, tower *towertest.Tower, day time.Duration) *simulator.Running {
	t.Helper()
	system := simulator.System{Key: "tlk_test", Secret: towertest.Secret}
	running, err := simulator.Run(ctx, simulator.Config{
		DSN: dsn, TowerURL: tower.URL, ERP: system, Forecasting: system, Replenishment: system,
		ERPToken: token, Day: day, Items: items, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return running
}

func stop(t *testing.T, cancel context.CancelFunc, running *simulator.Running) {
	t.Helper()
	cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- running.Wait() }()
	select {
	case err := <-stopped:
		if err != nil {
			t.Errorf("stop: %v", err)
		}
	case <-time.After(2 * time.Second):
		t.Error("still running two seconds after the end of its context")
	}
}

// call asks one of the servers and decodes its answer.
func call(t *testing.T, method, url string, body, answer any) int {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if answer != nil {
		if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
			t.Fatalf("%s %s answered %d: %v", method, url, response.StatusCode, err)
		}
	}
	return response.StatusCode
}

// TestClosedLoop runs the three systems with a tower that passes everything on
// until every kind of event has come, and holds each event to its contract.
func TestClosedLoop(t *testing.T) {
	tower := towertest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running := run(t, ctx, storetest.DSN(t), tower, time.Second)
	loop := &relay{tower: tower, running: running}

	missing := allTypes()
	deadline := time.Now().Add(2 * towertest.Patience)
	for len(missing) > 0 && time.Now().Before(deadline) {
		for _, event := range loop.pass(t) {
			if _, err := contract.Decode(event.Type, string(event.Data)); err != nil {
				t.Fatalf("%s %s breaks its contract: %v\n%s", event.Type, event.ID, err, event.Data)
			}
			delete(missing, event.Type)
		}
	}
	if len(missing) > 0 {
		t.Errorf("never came: %v", missing)
	}
	var count struct{ Orders, References, Duplicates int }
	call(t, http.MethodGet, running.Addresses.ERP+"/erp/orders/count", nil, &count)
	if count.Orders != loop.ordered || count.Duplicates != 0 || loop.ordered == 0 {
		t.Errorf("%d orders were made, the ERP counts %+v", loop.ordered, count)
	}
	stop(t, cancel, running)
}

func allTypes() map[models.EventType]bool {
	missing := make(map[models.EventType]bool)
	for _, kind := range []models.EventType{
		models.TypeItemChanged, models.TypeSupplierChanged, models.TypeLocationChanged,
		models.TypeBalance, models.TypeMovement, models.TypeThreshold, models.TypeSalesHistory, models.TypeSalesOrder,
		models.TypeAllocation, models.TypeReceipt, models.TypeForecastRevision, models.TypeEvaluation,
		models.TypeRecommendation, models.TypePurchaseOrder, models.TypeTransferOrder, models.TypeConfirmation,
		models.TypeSupplierException, models.TypeASN,
	} {
		missing[kind] = true
	}
	return missing
}

// Replaying every balance and movement in the order of versions must give the
// stock that the ERP says it has.
func TestEventsAddUpToTheStockOfTheERP(t *testing.T) {
	tower := towertest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dsn := storetest.DSN(t)
	running := run(t, ctx, dsn, tower, time.Second)
	tower.Await(t, "a receipt", func(e webhook.Event) bool { return e.Type == models.TypeReceipt })
	stop(t, cancel, running)

	// What was still in the outbox is sent by the next process.
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	again := run(t, ctx, dsn, tower, 24*time.Hour)
	if got := again.Clock.Business; !got.After(running.Clock.Business) {
		t.Errorf("business time went from %s to %s", running.Clock.Business, got)
	}
	have := balances(t, again)
	awaitEmptyOutbox(t, again)
	wantTold(t, ledger(t, tower), have)
	stop(t, cancel, again)
}

func awaitEmptyOutbox(t *testing.T, running *simulator.Running) {
	t.Helper()
	deadline := time.Now().Add(towertest.Patience)
	for {
		var states map[string]struct{ Waiting int }
		call(t, http.MethodGet, running.Addresses.Control+"/outbox", nil, &states)
		if states["erp"].Waiting == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("outbox %+v", states)
		}
	}
}

// state is the stock of an item at a DC at one of its versions.
type state struct {
	item, dc, onHand, allocated string
	version                     int64
}

func stateOf(b models.InventoryBalance) state {
	return state{b.Item, b.DC, b.OnHand.String(), b.Allocated.String(), b.Version}
}

func wantTold(t *testing.T, told map[state]bool, have []state) {
	t.Helper()
	if len(have) != 6*items {
		t.Errorf("%d balances", len(have))
	}
	for _, s := range have {
		if !told[s] {
			t.Fatalf("the ERP has %+v and told nobody", s)
		}
	}
}

// ledger is every state of the stock that the events tell.
func ledger(t *testing.T, tower *towertest.Tower) map[state]bool {
	t.Helper()
	told := make(map[state]bool)
	stock := make(map[string]models.InventoryBalance)
	for _, event := range tower.Events() {
		var b models.InventoryBalance
		switch event.Type {
		case models.TypeBalance:
			b = towertest.Data[models.InventoryBalance](t, event)
		case models.TypeMovement:
			m := towertest.Data[models.InventoryMovement](t, event)
			b = stock[m.Item+"|"+m.DC]
			if m.Version != b.Version+1 {
				t.Fatalf("movement %d of %s follows version %d", m.Version, m.Item, b.Version)
			}
			b.OnHand, b.Allocated, b.Version = b.OnHand.Add(m.OnHandDelta), b.Allocated.Add(m.AllocatedDelta), m.Version
		default:
			continue
		}
		stock[b.Item+"|"+b.DC] = b
		told[stateOf(b)] = true
	}
	return told
}

// balances pages through the ERP's snapshot.
func balances(t *testing.T, running *simulator.Running) []state {
	t.Helper()
	var have []state
	for after, more := "", true; more; more = after != "" {
		var page struct {
			Rows []models.InventoryBalance
			Next string
		}
		call(t, http.MethodGet, running.Addresses.ERP+"/erp/balances?limit=500&after="+after, nil, &page)
		for _, b := range page.Rows {
			have = append(have, stateOf(b))
		}
		after = page.Next
	}
	return have
}

func TestControlServer(t *testing.T) {
	tower := towertest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running := run(t, ctx, storetest.DSN(t), tower, 24*time.Hour)
	control := running.Addresses.Control

	var clock models.BusinessClock
	if call(t, http.MethodGet, control+"/clock", nil, &clock); !clock.Business.Equal(running.Clock.Business) || clock.Day != 24*time.Hour {
		t.Errorf("clock %+v", clock)
	}
	if status := call(t, http.MethodGet, control+"/healthz", nil, nil); status != http.StatusNoContent {
		t.Errorf("health %d", status)
	}
	if status := call(t, http.MethodPost, control+"/faults/no-such", nil, nil); status != http.StatusNotFound {
		t.Errorf("unknown fault: %d", status)
	}
	if status := call(t, http.MethodPost, control+"/faults/erp-down?for=soon", nil, nil); status != http.StatusBadRequest {
		t.Errorf("no duration: %d", status)
	}
	if status := call(t, http.MethodGet, control+"/truth", nil, nil); status != http.StatusOK {
		t.Errorf("truth: %d", status)
	}
	if status := call(t, http.MethodPost, control+"/faults/erp-down?for=5m", nil, nil); status != http.StatusAccepted {
		t.Errorf("erp-down: %d", status)
	}
	if status := call(t, http.MethodGet, running.Addresses.ERP+"/erp/orders/count", nil, nil); status != http.StatusServiceUnavailable {
		t.Errorf("the ERP is down and answers %d", status)
	}
	var listed struct {
		Faults []struct{ Name, Description, State string }
		Log    []struct{ Name string }
	}
	call(t, http.MethodGet, control+"/faults", nil, &listed)
	active := 0
	for _, f := range listed.Faults {
		if f.State == "active" {
			active++
		}
		if f.Description == "" {
			t.Errorf("%s does not say what it does", f.Name)
		}
	}
	if len(listed.Faults) < 23 || active != 1 || len(listed.Log) != 1 || listed.Log[0].Name != "erp-down" {
		t.Errorf("faults %+v", listed)
	}
	stop(t, cancel, running)
}

func TestDemoBeginsWhereItIsTold(t *testing.T) {
	tower := towertest.New(t)
	system := simulator.System{Key: "tlk_test", Secret: towertest.Secret}
	cfg := simulator.Config{
		DSN: storetest.DSN(t), TowerURL: tower.URL, ERP: system, Forecasting: system, Replenishment: system,
		ERPToken: token, Day: 24 * time.Hour, Items: items, Logger: slog.New(slog.DiscardHandler),
		Start: calendar.Start().AddDate(0, 0, -1),
	}
	if _, err := simulator.Run(t.Context(), cfg); err == nil {
		t.Fatal("it begins before there is history to tell")
	}
	cfg.Start = time.Date(2026, 12, 3, 5, 0, 0, 0, time.UTC)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running, err := simulator.Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if !running.Clock.Business.Equal(cfg.Start) {
		t.Errorf("business time is %s", running.Clock.Business)
	}
	stop(t, cancel, running)
}

// A system that writes what it does not own does so through its own door.
func TestForecastingWritesAForeignBalance(t *testing.T) {
	tower := towertest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running := run(t, ctx, storetest.DSN(t), tower, 24*time.Hour)
	var entry struct{ Target string }
	if status := call(t, http.MethodPost, running.Addresses.Control+"/faults/"+fault.ForeignWrite, nil, &entry); status != http.StatusAccepted {
		t.Fatalf("answered %d", status)
	}
	tower.Await(t, "a balance of "+entry.Target+" from forecasting", func(e webhook.Event) bool {
		return e.Source == "forecasting" && e.Type == models.TypeBalance && e.Subject == entry.Target
	})
	stop(t, cancel, running)
}
