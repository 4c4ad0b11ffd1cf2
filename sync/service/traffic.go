package service

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// busyFor is how long after its last work a lane still counts as busy.
	busyFor = time.Second
	// givenWay is how many times as long as its work bulk work rests: each of its
	// stages has a fortieth of the time, so that what all of them disturb together
	// stays within the slowest few percent of the others' events.
	givenWay = 39
	// longestRest keeps one slow batch from holding up the next for long.
	longestRest = time.Second
)

// Traffic tells bulk work when the real-time lane is at work. Its zero value is
// ready, a nil one knows of no traffic. It is safe for concurrent use.
type Traffic struct{ last atomic.Int64 }

// Note says that the real-time lane has just done something.
func (t *Traffic) Note() {
	if t != nil {
		t.last.Store(time.Now().UnixNano())
	}
}

// GiveWay rests after bulk work that took so long, as long as the real-time
// lane is busy; otherwise it returns at once, as it does when ctx ends.
func (t *Traffic) GiveWay(ctx context.Context, took time.Duration) {
	if t == nil || took <= 0 || time.Since(time.Unix(0, t.last.Load())) > busyFor {
		return
	}
	pause(ctx, nil, nil, min(givenWay*took, longestRest))
}
