package erp_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/simulator/fault"
)

func TestAWrongSignIsToldRightTwoDaysLater(t *testing.T) {
	b := newBench(t)
	b.publish()
	hit := b.trigger(fault.NegativeStock)
	b.publish()
	of := func() (figures []models.InventoryBalance) {
		for _, f := range told[models.InventoryBalance](b, models.TypeBalance) {
			if f.Item+"/"+f.DC == hit {
				figures = append(figures, f)
			}
		}
		return figures
	}
	wrong := of()
	last := wrong[len(wrong)-1]
	if !last.OnHand.IsNegative() {
		t.Fatalf("told %+v", last)
	}
	b.pass(48*time.Hour + time.Minute)
	figures := of()
	right := figures[len(figures)-1]
	if !right.OnHand.IsPositive() || right.Version <= last.Version {
		t.Errorf("after two days %+v", right)
	}
}
