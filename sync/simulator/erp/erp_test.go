package erp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

const (
	token = "secret"
	items = 30 // of the demo data, to be quick
)

// bench is an ERP in a parallel test with a clock that only the test moves. Business time is real
// time from the start on.
type bench struct {
	t     *testing.T
	dsn   string
	real  time.Time
	db    *pgxpool.Pool
	data  *demodata.Data
	board *fault.Board
	erp   *erp.ERP
	url   string
	tower *towertest.Tower
	send  *outbox.Sender
}

func newBench(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{t: t, dsn: storetest.DSN(t), real: time.Now(), tower: towertest.New(t)}
	b.start()
	return b
}

// start starts the ERP on what the database holds, as after a kill -9.
func (b *bench) start() {
	b.t.Helper()
	ctx, quiet := b.t.Context(), slog.New(slog.DiscardHandler)
	now := func() time.Time { return b.real }
	var err error
	fail := func(err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
	}
	b.db, err = simdb.Open(ctx, b.dsn)
	fail(err)
	b.t.Cleanup(b.db.Close)
	b.data, err = demodata.Load()
	fail(err)
	b.data.Items = b.data.Items[:items]
	clock, err := calendar.Load(ctx, b.db, 24*time.Hour, now)
	fail(err)
	b.board, err = fault.NewBoard(ctx, b.db, nil, now, quiet)
	fail(err)
	b.erp, err = erp.New(ctx, erp.Config{DB: b.db, Data: b.data, Clock: clock, Board: b.board, Token: token, Logger: quiet})
	fail(err)
	b.send, err = outbox.NewSender(ctx, outbox.Config{Source: erp.Source, TowerURL: b.tower.URL, Key: "k", DB: b.db, Logger: quiet})
	fail(err)
	server := httptest.NewServer(b.erp.Handler())
	b.t.Cleanup(server.Close)
	b.url = server.URL
}

// pass lets time pass, the ERP do what is due and the tower hear of it.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	b.real = b.real.Add(d)
	if err := b.erp.Advance(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.publish()
}

func (b *bench) publish() {
	b.t.Helper()
	for more := true; more; {
		var err error
		if more, err = b.send.RunOnce(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
	}
}

// told is every event of a type that the tower has.
func told[T any](b *bench, kind models.EventType) []T {
	b.t.Helper()
	var all []T
	for _, event := range b.tower.Events() {
		if event.Type == kind {
			all = append(all, towertest.Data[T](b.t, event))
		}
	}
	return all
}

type answer struct {
	status int
	Number string
	State  string
	Code   string
	Orders []struct{ Number string }
}

func (b *bench) call(method, path string, body any) answer {
	b.t.Helper()
	a, err := b.try(method, path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *bench) try(method, path string, body any) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode}
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil && !errors.Is(err, io.EOF) {
		return a, err
	}
	return a, nil
}

// order is a purchase of one pack of the first item.
func (b *bench) order(reference string) map[string]any {
	item := b.data.Items[0]
	return map[string]any{
		"reference": reference, "supplier": item.Supplier, "dc": "DC-LON", "currency": "GBP",
		"lines": []map[string]any{{
			"line": 1, "item": item.Code, "quantity": "48", "unit": "EA", "unit_price": item.Cost, "need_by": "2026-06-20",
		}},
	}
}

func (b *bench) trigger(name string) string {
	b.t.Helper()
	entry, err := b.board.Trigger(b.t.Context(), name, fault.ByRequest)
	if err != nil {
		b.t.Fatal(err)
	}
	return entry.Target
}

func TestFirstStateIsAnnouncedOnce(t *testing.T) {
	b := newBench(t)
	b.publish()
	if n := len(told[models.ItemChanged](b, models.TypeItemChanged)); n != items {
		t.Errorf("%d items", n)
	}
	if n := len(told[models.LocationChanged](b, models.TypeLocationChanged)); n != 6 {
		t.Errorf("%d DCs", n)
	}
	history := told[models.SalesHistory](b, models.TypeSalesHistory)
	if len(history) != 6*items || len(history[0].Quantities) != calendar.HistoryDays {
		t.Errorf("%d histories", len(history))
	}
	before := len(b.tower.Events())
	b.start()
	b.publish()
	if after := len(b.tower.Events()); after != before {
		t.Errorf("a second start announced %d events", after-before)
	}
}

func TestSalesFollowTheRealDemandOverARestart(t *testing.T) {
	b := newBench(t)
	b.pass(9 * time.Hour)
	b.start() // kill -9 in the middle of the day: business time was not saved
	b.pass(15 * time.Hour)
	day := calendar.Start().Format(time.DateOnly)
	sold := 0
	seen := make(map[string]bool)
	for _, line := range told[models.SalesOrder](b, models.TypeSalesOrder) {
		if line.OrderedDay != day {
			continue
		}
		sold += int(line.Quantity.IntPart())
		id := line.Order + "/" + string(rune('0'+line.Line))
		if seen[id] {
			t.Errorf("line %s twice", id)
		}
		seen[id] = true
	}
	want := 0
	for item := range b.data.Items {
		for dc := range b.data.DCs {
			want += b.data.Demand(item, dc, calendar.DataDay(calendar.Start()))
		}
	}
	if sold != want || want == 0 {
		t.Errorf("sold %d pieces, the data says %d", sold, want)
	}
}

func TestPurchaseRunsToItsReceipt(t *testing.T) {
	b := newBench(t)
	placed := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-1"))
	if placed.status != http.StatusCreated || placed.State != "open" {
		t.Fatalf("placed %+v", placed)
	}
	for range 20 {
		b.pass(24 * time.Hour)
	}
	ours := func(order string) bool { return order == placed.Number }
	confirmations := slices.DeleteFunc(told[models.Confirmation](b, models.TypeConfirmation), func(c models.Confirmation) bool { return !ours(c.Order) })
	asns := slices.DeleteFunc(told[models.ASN](b, models.TypeASN), func(a models.ASN) bool { return !ours(a.Order) })
	receipts := slices.DeleteFunc(told[models.GoodsReceipt](b, models.TypeReceipt), func(r models.GoodsReceipt) bool { return !ours(r.Order) })
	if len(confirmations) != 1 || len(asns) != 1 || len(receipts) != 1 {
		t.Fatalf("%d confirmations, %d ASNs, %d receipts", len(confirmations), len(asns), len(receipts))
	}
	if receipts[0].Quantity.GreaterThan(asns[0].Quantity) || !asns[0].Quantity.Equal(confirmations[0].Quantity) {
		t.Errorf("confirmed %s, shipped %s, received %s", confirmations[0].Quantity, asns[0].Quantity, receipts[0].Quantity)
	}
	var states []string
	version := int64(0)
	for _, o := range told[models.OrderChanged](b, models.TypePurchaseOrder) {
		if o.Order != placed.Number {
			continue
		}
		if o.Version != version+1 || o.Reference != "TL-1" {
			t.Errorf("version %d of %s after %d", o.Version, o.Reference, version)
		}
		version = o.Version
		states = append(states, o.State)
	}
	if want := []string{"open", "confirmed", "shipped", "received"}; !slices.Equal(states, want) {
		t.Errorf("states %v, want %v", states, want)
	}
}

func TestReferenceIsUsedOnce(t *testing.T) {
	b := newBench(t)
	first := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-1"))
	second := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-1"))
	if second.status != http.StatusConflict || second.Number != first.Number {
		t.Errorf("second %+v", second)
	}
	b.erp.SetUniqueReferences(false)
	third := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-1"))
	if third.status != http.StatusCreated || third.Number == first.Number {
		t.Errorf("third %+v", third)
	}
	if found := b.call(http.MethodGet, "/erp/orders?reference=TL-1", nil); len(found.Orders) != 2 {
		t.Errorf("found %+v", found)
	}
}

func TestBusinessRefusals(t *testing.T) {
	b := newBench(t)
	line := func(change func(line map[string]any)) map[string]any {
		order := b.order("TL-1")
		change(order["lines"].([]map[string]any)[0])
		return order
	}
	other := b.data.Suppliers[0].Code
	if other == b.data.Items[0].Supplier {
		other = b.data.Suppliers[1].Code
	}
	for code, test := range map[string]struct {
		path string
		body map[string]any
	}{
		"unknown_item":       {"purchase", line(func(l map[string]any) { l["item"] = "99999" })},
		"invalid_quantity":   {"purchase", line(func(l map[string]any) { l["quantity"] = "1.5" })},
		"unknown_unit":       {"purchase", line(func(l map[string]any) { l["unit"] = "BOX" })},
		"invalid_date":       {"purchase", line(func(l map[string]any) { l["need_by"] = "soon" })},
		"invalid_line":       {"purchase", line(func(l map[string]any) { l["line"] = 0 })},
		"unknown_supplier":   {"purchase", with(b.order("TL-1"), "supplier", "S-99")},
		"wrong_supplier":     {"purchase", with(b.order("TL-1"), "supplier", other)},
		"unknown_dc":         {"purchase", with(b.order("TL-1"), "dc", "DC-XXX")},
		"no_lines":           {"purchase", with(b.order("TL-1"), "lines", nil)},
		"insufficient_stock": {"transfer", with(line(func(l map[string]any) { l["quantity"] = "1000000" }), "from_dc", "DC-GLA")},
	} {
		t.Run(code, func(t *testing.T) {
			got := b.call(http.MethodPost, "/erp/"+test.path+"-orders", test.body)
			if got.status != http.StatusUnprocessableEntity || got.Code != code {
				t.Errorf("answer %+v", got)
			}
		})
	}
}

func with(order map[string]any, name string, value any) map[string]any {
	order[name] = value
	return order
}

func TestTransferMovesStock(t *testing.T) {
	b := newBench(t)
	order := with(b.order("TL-2"), "from_dc", "DC-MAN")
	order["lines"].([]map[string]any)[0]["quantity"] = "1"
	placed := b.call(http.MethodPost, "/erp/transfer-orders", order)
	if placed.status != http.StatusCreated {
		t.Fatalf("placed %+v", placed)
	}
	for range 5 {
		b.pass(24 * time.Hour)
	}
	moved := make(map[string]string)
	for _, m := range told[models.InventoryMovement](b, models.TypeMovement) {
		if m.Document == placed.Number {
			moved[m.Kind+" "+m.DC] = m.OnHandDelta.String() + " " + m.AllocatedDelta.String()
		}
	}
	if moved["allocation DC-MAN"] != "0 1" || moved["transfer_out DC-MAN"] != "-1 -1" || moved["transfer_in DC-LON"] != "1 0" {
		t.Errorf("movements %v", moved)
	}
}

func TestLostAnswerLeavesOneOrder(t *testing.T) {
	b := newBench(t)
	b.trigger(fault.LostAnswer)
	if a, err := b.try(http.MethodPost, "/erp/purchase-orders", b.order("TL-1")); err == nil {
		t.Fatalf("the answer came: %+v", a)
	}
	if found := b.call(http.MethodGet, "/erp/orders?reference=TL-1", nil); len(found.Orders) != 1 {
		t.Errorf("found %+v", found)
	}
	if a := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-3")); a.status != http.StatusCreated {
		t.Errorf("the next order: %+v", a)
	}
}

func TestShortConfirmationIsAcceptedOrChased(t *testing.T) {
	b := newBench(t)
	placed := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-1"))
	if number := b.trigger(fault.ShortConfirmation); number != placed.Number {
		t.Errorf("short is %s, not the tower's own %s", number, placed.Number)
	}
	b.pass(0)
	last := lastConfirmation(b, placed.Number)
	if last.Quantity.String() != "24" {
		t.Fatalf("confirmed %s of 48", last.Quantity)
	}
	path := "/erp/orders/" + placed.Number + "/confirmations/"
	if a := b.call(http.MethodPost, path+"chase", map[string]int{"line": 1}); a.status != http.StatusOK {
		t.Errorf("chase %+v", a)
	}
	b.pass(time.Hour)
	if last = lastConfirmation(b, placed.Number); last.Quantity.String() != "48" {
		t.Errorf("after the chase %s", last.Quantity)
	}
	if a := b.call(http.MethodPost, path+"accept", map[string]int{"line": 1}); a.status != http.StatusOK {
		t.Errorf("accept %+v", a)
	}
	if a := b.call(http.MethodPost, "/erp/orders/PO-0/confirmations/accept", map[string]int{"line": 1}); a.status != http.StatusNotFound {
		t.Errorf("accept of nothing %+v", a)
	}
}

func lastConfirmation(b *bench, number string) (last models.Confirmation) {
	for _, c := range told[models.Confirmation](b, models.TypeConfirmation) {
		if c.Order == number {
			last = c
		}
	}
	return last
}

func TestFaultsOfTheEvents(t *testing.T) {
	b := newBench(t)
	b.publish()
	before := len(b.tower.Events())
	b.trigger(fault.MalformedEvent)
	unknown := b.trigger(fault.UnknownItem)
	b.trigger(fault.OutOfOrderBurst)
	lost := b.trigger(fault.LostBalance)
	b.publish()
	events := b.tower.Events()[before:]
	if len(events) != 2+50 {
		t.Fatalf("%d events came; one was to be lost", len(events))
	}
	if events[1].Subject != unknown {
		t.Errorf("unknown item %s, want %s", events[1].Subject, unknown)
	}
	backwards := 0
	for i := 2; i < len(events); i += 2 {
		if versionOf(t, events[i]) > versionOf(t, events[i+1]) {
			backwards++
		}
	}
	if backwards != 25 {
		t.Errorf("%d of 25 pairs are out of order", backwards)
	}
	if lost == "" {
		t.Error("nobody says what was lost")
	}
	b.pass(24*time.Hour + time.Minute)
	if !slices.ContainsFunc(told[models.ItemChanged](b, models.TypeItemChanged), func(i models.ItemChanged) bool {
		return i.Item+"/" == unknown[:len(i.Item)+1]
	}) {
		t.Error("the unknown item stays unknown")
	}
}

func versionOf(t *testing.T, event webhook.Event) int64 {
	return towertest.Data[models.InventoryBalance](t, event).Version
}

func TestOutageStopsEverythingAndIsCaughtUp(t *testing.T) {
	b := newBench(t)
	b.trigger(fault.ERPDown)
	if a := b.call(http.MethodGet, "/erp/orders/count", nil); a.status != http.StatusServiceUnavailable {
		t.Errorf("answer %+v", a)
	}
	b.pass(30 * time.Second)
	if n := len(told[models.SalesOrder](b, models.TypeSalesOrder)); n != 0 {
		t.Errorf("%d sales while it is down", n)
	}
	b.pass(12 * time.Hour)
	if n := len(told[models.SalesOrder](b, models.TypeSalesOrder)); n == 0 {
		t.Error("nothing was caught up")
	}
}

func TestTokenIsNeeded(t *testing.T) {
	b := newBench(t)
	response, err := http.Get(b.url + "/erp/balances")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d", response.StatusCode)
	}
}
