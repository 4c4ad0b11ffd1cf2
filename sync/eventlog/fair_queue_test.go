package eventlog

import (
	"testing"

	"pgregory.net/rapid"

	"throughline/models"
	"throughline/models/store"
)

func submissionOf(source string, n int) *submission {
	s := &submission{entries: make([]store.Entry, n), done: make(chan struct{})}
	for i := range s.entries {
		s.entries[i].Event = models.Event{Source: source}
	}
	s.bytes = size(s.entries)
	return s
}

// TestAFloodDelaysNobodyElse has one source wait with hundreds of large
// requests; another one's single event is in the very next commit.
func TestAFloodDelaysNobodyElse(t *testing.T) {
	var q fairQueue
	for range 100 {
		q.push(submissionOf("flood", 500))
	}
	q.push(submissionOf("wms", 1))
	q.take(1000, 1<<30) // begins with what came first
	q.push(submissionOf("oms", 1))
	found := map[string]bool{}
	for range 2 {
		for _, s := range q.take(1000, 1<<30) {
			found[s.source()] = true
		}
	}
	if !found["oms"] {
		t.Errorf("after two commits only %v was served", found)
	}
}

// TestAFloodLeavesRoom says that sources which flood never take the whole queue.
func TestAFloodLeavesRoom(t *testing.T) {
	for _, floods := range [][]string{{"a"}, {"a", "b"}, {"a", "b", "c", "d"}} {
		var q fairQueue
		for range 30_000 {
			for _, source := range floods {
				if s := submissionOf(source, 1); q.fits(s, 20_000, 64<<20) {
					q.push(s)
				}
			}
		}
		if s := submissionOf("quiet", 100); !q.fits(s, 20_000, 64<<20) {
			t.Errorf("%d sources that flood hold %d events and leave no room", len(floods), q.events)
		}
		if q.fits(submissionOf("a", 100), 20_000, 64<<20) {
			t.Errorf("one of %d sources may hold more than its share", len(floods))
		}
	}
}

// TestTheQueueLosesNothing holds the queue against its counts: each submission comes
// out once, those of a source in their order, in batches within the bound.
func TestTheQueueLosesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var q fairQueue
		const bound = 200
		pushed, taken := map[string][]*submission{}, map[string][]*submission{}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "push") {
				s := submissionOf(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "source"), rapid.IntRange(1, 300).Draw(rt, "events"))
				q.push(s)
				pushed[s.source()] = append(pushed[s.source()], s)
				continue
			}
			events := 0
			batch := q.take(bound, 1<<30)
			for _, s := range batch {
				events += len(s.entries)
				taken[s.source()] = append(taken[s.source()], s)
			}
			if len(batch) > 1 && events > bound {
				rt.Fatalf("a batch of %d events", events)
			}
		}
		for _, s := range q.drain() {
			taken[s.source()] = append(taken[s.source()], s)
		}
		for source, want := range pushed {
			if got := taken[source]; len(got) != len(want) {
				rt.Fatalf("%d of %d of %s came out", len(got), len(want), source)
			}
			for i := range want {
				if taken[source][i] != want[i] {
					rt.Fatalf("%s lost its order", source)
				}
			}
		}
		if q.events != 0 || q.bytes != 0 {
			rt.Fatalf("an empty queue counts %d events", q.events)
		}
	})
}
