package reconcile_test

import (
	"testing"
	"time"

	"throughline/sync/reconcile"
)

func TestAComparisonThatFailsIsNotRepeatedEachSecond(t *testing.T) {
	for poll, want := range map[time.Duration][2]time.Duration{
		time.Minute:           {5 * time.Second, time.Minute},
		5 * time.Minute:       {25 * time.Second, 5 * time.Minute},
		24 * time.Hour:        {30 * time.Second, 5 * time.Minute},
		20 * time.Millisecond: {time.Second, time.Second},
	} {
		if first, longest := reconcile.Backoff(poll); first != want[0] || longest != want[1] {
			t.Errorf("looked at every %s it waits %s at first and %s at most, want %v", poll, first, longest, want)
		}
	}
}
