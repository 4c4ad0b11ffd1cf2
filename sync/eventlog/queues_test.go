package eventlog

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// TestTheQueueOfEachSourceHasItsDepthAndAge holds a commit: what is in it waits as
// well as what queues behind it, and whoever is turned away is said to be.
func TestTheQueueOfEachSourceHasItsDepthAndAge(t *testing.T) {
	log := &blockedLog{entered: make(chan struct{}, 8), release: make(chan struct{})}
	a := startAppender(t, Config{Log: log, MaxQueue: 10})
	results := make(chan error, 2)
	appendAsync := func(source string, n int) {
		go func() {
			_, err := a.Append(t.Context(), entries(source, source, n))
			results <- err
		}()
	}
	appendAsync("erp", 5)
	<-log.entered
	appendAsync("wms", 3)
	storetest.Eventually(t, "the second request to wait", func() bool { return len(a.Queues(time.Now())) == 2 })
	if _, err := a.Append(t.Context(), entries("oms", "refused", 8)); models.CodeOf(err) != models.CodeUnavailable {
		t.Errorf("a queue without room answers %v", err)
	}
	later := time.Now().Add(3 * time.Second)
	want := []models.IntakeQueue{{Source: "erp", Events: 5}, {Source: "oms", Full: true}, {Source: "wms", Events: 3}}
	got := a.Queues(later)
	if len(got) != len(want) {
		t.Fatalf("%+v, want %+v", got, want)
	}
	for i, w := range want {
		if g := got[i]; g.Source != w.Source || g.Events != w.Events || g.Full != w.Full || (g.Age >= 3*time.Second) != (w.Events > 0) {
			t.Errorf("%+v, want %+v", g, w)
		}
	}
	for _, q := range a.Queues(later.Add(fullFor)) {
		if q.Full {
			t.Errorf("%s is full for ever", q.Source)
		}
	}
	close(log.release)
	for range 2 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	storetest.Eventually(t, "nothing to wait", func() bool { return len(a.Queues(time.Now().Add(2*fullFor))) == 0 })
}

// notes counts how often something is noted, and passes it on.
type notes struct {
	*store.IntakeQueues
	n int
}

func (n *notes) Note(ctx context.Context, process uuid.UUID, queues []models.IntakeQueue) error {
	n.n++
	return n.IntakeQueues.Note(ctx, process, queues)
}

func TestWhatWaitsIsNotedAndForgotten(t *testing.T) {
	db := newDB(t)
	log := &blockedLog{entered: make(chan struct{}, 8), release: make(chan struct{})}
	a := startAppender(t, Config{Log: log})
	to := &notes{IntakeQueues: store.NewIntakeQueues(db)}
	r, err := NewQueueRecorder(a, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	look := func() {
		t.Helper()
		if _, err := r.runOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if look(); to.n != 0 {
		t.Errorf("an intake without anything that waits was noted %d times", to.n)
	}
	done := make(chan error, 1)
	go func() {
		_, err := a.Append(t.Context(), entries("erp", "held", 4))
		done <- err
	}()
	<-log.entered
	storetest.Eventually(t, "it to be noted", func() bool {
		look()
		return queryInt(t, db, `SELECT coalesce(sum(events), 0) FROM intake_queues WHERE source = 'erp' AND NOT is_full AND oldest_at < now() - interval '1 second'`) == 4
	})
	close(log.release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	storetest.Eventually(t, "it to be forgotten", func() bool {
		look()
		return queryInt(t, db, `SELECT count(*) FROM intake_queues`) == 0
	})
	before := to.n
	if look(); to.n != before {
		t.Error("an empty queue is noted again and again")
	}
}
