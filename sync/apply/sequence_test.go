package apply_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/apply"
)

// numbered is a balance that its source counts as number n.
func numbered(t testing.TB, series string, n int) models.Event {
	t.Helper()
	e := event(t, "erp", fmt.Sprintf("%s-%d", series, n), models.TypeBalance, balance(fmt.Sprintf("I%d", n%7), "D0", int64(n), "5", "0"))
	e.Extensions = fmt.Sprintf(`{"sequence":"%d","sequencetype":"Integer","sequencepartition":"%s"}`, n, series)
	return e
}

// missing are the holes that stand after a grace that has passed.
func (w *world) missing() string {
	w.t.Helper()
	gaps, err := store.NewConditions(w.db).SequenceGaps(w.t.Context(), time.Now().Add(time.Minute), time.Second)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, g := range gaps {
		all = append(all, fmt.Sprintf("%s %d-%d", g.Series, g.First, g.Last))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// What has taken effect is not missing while a fold that is slow has not counted it.
func TestWhatIsNotFoldedYetIsNotMissing(t *testing.T) {
	w := newWorld(t)
	w.masters(7, 1)
	for _, n := range []int{1, 3} {
		w.send(numbered(t, "a", n))
	}
	w.run()
	if got := w.missing(); got != "a 2-2" {
		t.Fatalf("missing %q", got)
	}
	if _, err := w.db.Pool.Exec(t.Context(), `INSERT INTO sequence_arrivals (source, series, numbers) VALUES ('erp', 'a', '{[2,2]}')`); err != nil {
		t.Fatal(err)
	}
	if got := w.missing(); got != "" {
		t.Errorf("missing %q although it came", got)
	}
}

func TestAHoleInASequenceStandsUntilItCloses(t *testing.T) {
	w := newWorld(t)
	w.masters(7, 1)
	for _, step := range []struct {
		numbers []int
		want    string
	}{
		{[]int{4, 5, 6}, ""},
		{[]int{11, 9}, "a 10-10, a 7-8"},
		{[]int{20}, "a 10-10, a 12-19, a 7-8"},
		{[]int{7, 12, 15}, "a 10-10, a 13-14, a 16-19, a 8-8"},
		{[]int{16, 8, 10, 13, 14, 17, 18, 19}, ""},
		{[]int{2}, "a 3-3"},
		{[]int{3}, ""},
	} {
		for _, n := range step.numbers {
			w.send(numbered(t, "a", n))
			w.run()
		}
		if got := w.missing(); got != step.want {
			t.Errorf("after %v: %q, want %q", step.numbers, got, step.want)
		}
	}
	if n := w.count(`SELECT count(*) FROM sequence_arrivals`); n != 0 {
		t.Errorf("%d arrivals are left", n)
	}
}

func TestAPartOfAHoleIsAsOldAsTheWhole(t *testing.T) {
	w := newWorld(t)
	w.masters(7, 1)
	w.send(numbered(t, "a", 1), numbered(t, "a", 9))
	w.run()
	w.count(`WITH aged AS (UPDATE sequence_gaps SET since = '2026-01-01' RETURNING 1) SELECT count(*) FROM aged`)
	w.send(numbered(t, "a", 5))
	w.run()
	if got, old := w.missing(), w.count(`SELECT count(*) FROM sequence_gaps WHERE since = '2026-01-01'`); got != "a 2-4, a 6-8" || old != 2 {
		t.Errorf("%s, %d of them old", got, old)
	}
}

// An event that lies in the log is not missing, however long its shard waits.
func TestWhatWaitsInTheLogIsNotMissing(t *testing.T) {
	w := newWorld(t)
	w.masters(7, 1)
	w.send(numbered(t, "a", 1), numbered(t, "a", 3))
	w.run()
	if got := w.missing(); got != "a 2-2" {
		t.Fatalf("missing: %q", got)
	}
	w.send(numbered(t, "a", 2))
	if got := w.missing(); got != "" {
		t.Errorf("while it lies in the log: %q", got)
	}
	w.run()
	if got := w.missing(); got != "" {
		t.Errorf("after it was applied: %q", got)
	}
}

// Two processes take shuffled numbers, one of them anew after each round, and
// find exactly those that never came.
func TestTwoProcessesFindTheSameHoles(t *testing.T) {
	w := newWorld(t, smallBatches)
	w.masters(7, 1)
	const last = 120
	lost := map[int]bool{17: true, 18: true, 60: true}
	draw := rand.New(rand.NewPCG(1, 2))
	order := draw.Perm(last)
	for _, part := range [][]int{order[:40], order[40:80], order[80:]} {
		for _, i := range part {
			if n := i + 1; !lost[n] {
				w.send(numbered(t, "a", n), numbered(t, "b", n))
			}
		}
		other := newEngine(t, w.db, smallBatches)
		var both sync.WaitGroup
		for _, engine := range []*apply.Engine{w.engine, other} {
			both.Go(func() {
				if err := apply.Drain(context.WithoutCancel(t.Context()), engine); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
	}
	w.run()
	if got, want := w.missing(), "a 17-18, a 60-60, b 17-18, b 60-60"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	w.expectBooks()
}

// A source that leaves every second number out cannot make the state grow without end.
func TestHolesBeyondTheBoundAreGivenUp(t *testing.T) {
	w := newWorld(t)
	w.masters(7, 1)
	const sent = 1500
	events := make([]any, sent)
	for i := range events {
		events[i] = numbered(t, "a", 2*i+1)
	}
	w.send(events...)
	w.run()
	if holes := w.count(`SELECT count(*) FROM sequence_gaps`); holes != sent-1 {
		t.Fatalf("%d holes while they may still close", holes)
	}
	w.count(`WITH aged AS (UPDATE sequence_gaps SET since = since - interval '2 hours' RETURNING 1) SELECT count(*) FROM aged`)
	w.send(numbered(t, "a", 2*sent+1))
	w.run()
	if holes, ranges := w.count(`SELECT count(*) FROM sequence_gaps`), w.count(`SELECT count(*) FROM sequences, unnest(seen)`); holes != 1000 || ranges != 1001 {
		t.Errorf("%d holes and %d ranges", holes, ranges)
	}
	if given := w.count(`SELECT given_up FROM sequences`); given != sent-1000 {
		t.Errorf("%d numbers were given up", given)
	}
}
