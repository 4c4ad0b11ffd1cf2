package route_test

import (
	"slices"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/route"
)

// patient is a process that waits a minute at least before it sets an event
// aside, on a clock whose pauses pass at once.
func (w *world) patient() *hurried {
	clock := &hurried{at: time.Now().UTC().Truncate(time.Microsecond)}
	w.router = w.process(func(c *route.Config) {
		c.Now, c.After, c.Retries = clock.now, clock.after, models.DeliveryRetries()
	})
	return clock
}

// A proxy may answer 404 to everything while its target is deployed.
func TestARefusalOfAMomentIsWaitedOut(t *testing.T) {
	w := newWorld(t)
	target, url := newPicky(t)
	clock := w.patient()
	back := clock.now().Add(20 * time.Second)
	target.all = true
	target.recovers = func() bool { return clock.now().After(back) }
	w.subscribe("planning", url)
	w.apply(3, 1, 2, 3, 4, 5)
	w.settle()
	if !slices.Equal(target.versions, []int{1, 2, 3, 4, 5}) || len(w.aside()) != 0 {
		t.Errorf("%v arrived and %d are set aside", target.versions, len(w.aside()))
	}
}

func TestWhatStaysRefusedIsSetAsideNoSoonerThanTheLeastTime(t *testing.T) {
	w := newWorld(t)
	target, url := newPicky(t, 2)
	clock := w.patient()
	began := clock.now()
	w.subscribe("planning", url)
	w.apply(3, 1, 2, 3)
	w.settle()
	aside := w.aside()
	if !slices.Equal(target.versions, []int{1, 3}) || len(aside) != 1 {
		t.Fatalf("%v arrived and %d are set aside", target.versions, len(aside))
	}
	if tried := aside[0].RefusedAt.Sub(began); tried < time.Minute || tried > 3*time.Minute {
		t.Errorf("it was tried for %s", tried)
	}
}

// How long another event of its message was tried is no time of its own.
func TestARefusalOfAMomentIsWaitedOutAfterAnotherEventWasSetAside(t *testing.T) {
	w := newWorld(t)
	target, url := newPicky(t, 1)
	target.alone = map[int]int{2: 1}
	w.patient()
	w.subscribe("planning", url)
	w.apply(3, 1, 2)
	w.settle()
	if aside := w.aside(); !slices.Equal(target.versions, []int{2}) || len(aside) != 1 || aside[0].Event.ID != "e1" {
		t.Errorf("%v arrived and set aside are %+v", target.versions, aside)
	}
}
