package service_test

import (
	"testing"
	"testing/synctest"
	"time"

	"throughline/sync/service"
)

func TestBulkWorkRestsOnlyBesideTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var traffic service.Traffic
		rest := func(took time.Duration) time.Duration {
			start := time.Now()
			traffic.GiveWay(t.Context(), took)
			return time.Since(start)
		}
		if got := rest(10 * time.Millisecond); got != 0 {
			t.Errorf("rested %s although nobody was there", got)
		}
		traffic.Note()
		if got := rest(10 * time.Millisecond); got != 390*time.Millisecond {
			t.Errorf("rested %s after 10ms beside traffic, want 390ms", got)
		}
		if got := rest(time.Minute); got != time.Second {
			t.Errorf("rested %s after a slow batch, want 1s", got)
		}
		time.Sleep(time.Second)
		if got := rest(10 * time.Millisecond); got != 0 {
			t.Errorf("rested %s although the traffic was over", got)
		}
	})
}
