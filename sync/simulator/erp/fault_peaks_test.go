package erp_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/simulator/fault"
)

func TestPromotionSellsOnTopOfThePlan(t *testing.T) {
	b := newBench(t)
	b.trigger(fault.Promotion)
	b.pass(9 * time.Hour)
	b.start() // kill -9 in the middle: what is still to be sold is not forgotten
	b.pass(6 * day)
	type line struct{ item, dc, day string }
	promoted, items, seen := map[line]int{}, map[string]bool{}, map[string]bool{}
	for _, o := range told[models.SalesOrder](b, models.TypeSalesOrder) {
		if !strings.HasPrefix(o.Order, "SO-P") {
			continue
		}
		if seen[o.Order] || !o.Quantity.IsPositive() {
			t.Fatalf("order %+v, told before: %v", o, seen[o.Order])
		}
		seen[o.Order], items[o.Item] = true, true
		promoted[line{o.Item, o.DC, o.OrderedDay}]++
	}
	if len(items) != 24 || len(promoted) != 24*6*5 {
		t.Fatalf("%d items sold on %d days at all DCs", len(items), len(promoted))
	}
	for at, n := range promoted {
		if n != 9 {
			t.Fatalf("%d orders of %+v", n, at)
		}
	}
}

func TestTransferWaveMovesStockBetweenAllDCs(t *testing.T) {
	b := newBench(t)
	b.trigger(fault.TransferWave)
	for range 5 {
		b.pass(day)
	}
	out, in, orders := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, m := range told[models.InventoryMovement](b, models.TypeMovement) {
		switch m.Kind {
		case "transfer_out":
			out[m.DC], orders[m.Document] = true, true
		case "transfer_in":
			in[m.DC] = true
			if !orders[m.Document] {
				t.Errorf("%s arrived and never left", m.Document)
			}
		}
	}
	if len(out) != 6 || len(in) != 6 || len(orders) <= 25 {
		t.Errorf("%d orders from %d DCs to %d", len(orders), len(out), len(in))
	}
}
