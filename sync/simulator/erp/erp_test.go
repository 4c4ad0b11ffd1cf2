package erp_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/simulator/calendar"
)

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
	orders := told[models.OrderChanged](b, models.TypePurchaseOrder)
	if len(orders) == 0 || slices.ContainsFunc(orders, func(o models.OrderChanged) bool { return o.AcknowledgedAt == nil }) {
		t.Errorf("of %d orders of days before one is not acknowledged", len(orders))
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

func TestCountsOfTheShelfAdjustStock(t *testing.T) {
	b := newBench(t)
	counted := 0
	for range 10 {
		b.pass(24 * time.Hour)
	}
	for _, m := range told[models.InventoryMovement](b, models.TypeMovement) {
		if m.Kind != "adjustment" {
			continue
		}
		counted++
		if m.OnHandDelta.IsZero() || !m.AllocatedDelta.IsZero() || !strings.HasPrefix(m.Document, "CNT-") {
			t.Errorf("adjusted by %+v", m)
		}
	}
	if counted == 0 {
		t.Error("ten days of sales without an adjustment")
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
		if o.TransmittedAt == nil || (o.AcknowledgedAt == nil) != (version == 1) {
			t.Errorf("version %d was transmitted at %v and acknowledged at %v", version, o.TransmittedAt, o.AcknowledgedAt)
		}
	}
	if want := []string{"open", "open", "confirmed", "shipped", "received"}; !slices.Equal(states, want) {
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
		"unknown_dc":         {"purchase", with(b.order("TL-1"), "dc", "DC-NONE")},
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
