package erp_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/simulator/fault"
)

func TestOneKeyIsToldOfBackwardsForAsLongAsItLasts(t *testing.T) {
	b := newBench(t)
	b.publish()
	hit := b.trigger(fault.OutOfOrderForLong)
	backwards := func() (pairs int) {
		var before int64
		for _, f := range told[models.InventoryBalance](b, models.TypeBalance) {
			if f.Item+"/"+f.DC != hit {
				continue
			}
			if f.Version < before {
				pairs++
			}
			before = f.Version
		}
		return pairs
	}
	for i, step := range []struct {
		passes time.Duration
		want   int
	}{{0, 1}, {5 * time.Second, 1}, {5 * time.Second, 2}, {20 * time.Second, 3}, {6 * time.Minute, 3}} {
		if b.pass(step.passes); backwards() != step.want {
			t.Errorf("at look %d balances of %s came backwards %d times, want %d", i, hit, backwards(), step.want)
		}
	}
}
