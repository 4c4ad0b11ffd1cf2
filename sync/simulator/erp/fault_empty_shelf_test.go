package erp_test

import (
	"testing"

	"throughline/models"
	"throughline/sync/simulator/fault"
)

func TestACountFindsNothingLeftOfWhatWasCovered(t *testing.T) {
	b := newBench(t)
	b.publish()
	hit := b.trigger(fault.EmptyShelf)
	b.publish()
	moves := told[models.InventoryMovement](b, models.TypeMovement)
	last := moves[len(moves)-1]
	if last.Item+"/"+last.DC != hit || last.Kind != "adjustment" || !last.OnHandDelta.IsNegative() {
		t.Fatalf("told %+v of %s", last, hit)
	}
	var available int64
	var ordered bool
	err := b.db.QueryRow(t.Context(), `
		SELECT on_hand - allocated, EXISTS (SELECT FROM simulator.order_lines l JOIN simulator.orders o USING (number) WHERE l.item = b.item AND o.dc = b.dc AND l.received IS NULL)
		FROM simulator.balances b WHERE item = $1 AND dc = $2`, last.Item, last.DC).Scan(&available, &ordered)
	if err != nil || available != 0 || ordered {
		t.Errorf("%v: %d available, on order: %t", err, available, ordered)
	}
}
