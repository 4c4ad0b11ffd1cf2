package storetest

import (
	"testing"
	"time"
)

// Eventually polls until ok, or fails the test after a minute: what must happen
// takes its time on a busy machine.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("%s did not come true", what)
		case <-tick.C:
		}
	}
}
