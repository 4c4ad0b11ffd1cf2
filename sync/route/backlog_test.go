package route_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/route"
)

// TestWhatWaitsIsCountedThroughTheFilter pauses a route before anything takes effect.
func TestWhatWaitsIsCountedThroughTheFilter(t *testing.T) {
	w := newWorld(t)
	_, url := newReceiver(t)
	err := w.router.Ensure(t.Context(), models.Subscription{
		Name: "planning", URL: url, Secret: secret, Types: []models.EventType{models.TypeBalance}, Condition: `int(data.version) % 2 == 0`,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.apply(3, 1, 3, 5)
	w.apply(3, 2, 4, 7)
	w.exec(`UPDATE events SET dc = 'YRK' WHERE data::jsonb ->> 'version' = '4'`)
	w.exec(`UPDATE changes SET applied_at = applied_at - interval '1 minute' * (9 - from_seq)`)
	backlog := route.NewBacklog(w.db)
	for _, c := range []struct {
		name string
		cut  models.FlowCut
		want int64
	}{
		{"all", models.FlowCut{}, 2}, {"one DC", models.FlowCut{DC: "YRK"}, 1}, {"its entity", models.FlowCut{Entity: "inventory"}, 2},
		{"another entity", models.FlowCut{Entity: "forecast"}, 0},
	} {
		hops := []models.Hop{{Kind: models.HopRoute, Name: "planning", Backlog: 9}} // read before three were delivered
		if err := backlog.Hops(t.Context(), hops, c.cut); err != nil {
			t.Fatal(err)
		}
		if h := hops[0]; h.Backlog != c.want || h.AtLeast || (h.OldestAt != nil) != (c.want > 0) {
			t.Errorf("%s: %d wait (at least: %t, since %v), want %d", c.name, h.Backlog, h.AtLeast, h.OldestAt, c.want)
		}
	}
	now := time.Now()
	statuses, err := store.NewFailures(w.db).RouteStatuses(t.Context(), models.Period{From: now.Add(-time.Hour), To: now}, "planning")
	if err == nil {
		err = backlog.Statuses(t.Context(), statuses)
	}
	if err != nil || statuses[0].Backlog != 2 || now.Sub(*statuses[0].OldestAt) > 6*time.Minute {
		t.Errorf("%v: %+v, want two of the second batch", err, statuses)
	}
	w.exec(`UPDATE consumer_cursors SET skipped_pos = (SELECT max(pos) FROM changes), skipped_seq = 4 WHERE consumer = 'route:planning' AND shard = 3`)
	if waits, err := backlog.Count(t.Context(), "planning", models.FlowCut{}); err != nil || waits.Events != 1 {
		t.Errorf("%v: %d wait after one of them was skipped", err, waits.Events)
	}
}

func TestALongBacklogIsCountedUpToABound(t *testing.T) {
	w := newWorld(t)
	_, url := newReceiver(t)
	w.subscribe("planning", url)
	w.exec(`INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, data)
		SELECT n, 3, now(), now(), 'erp', n::text, $1, 'A/LEE', 'k', 'A', 'LEE', '{}' FROM generate_series(1, 1600) AS n`, models.TypeBalance)
	w.exec(`INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at)
		SELECT 3, 'batch', n + 1, n + 400, 400, now() - interval '1 day', now() + interval '1 day', now(), 0, 0, 0, now() FROM generate_series(0, 1200, 400) AS n`)
	waits, err := route.NewBacklog(w.db).Count(t.Context(), "planning", models.FlowCut{})
	if err != nil || !waits.AtLeast || waits.Events != 800 {
		t.Errorf("%v: %+v, want at least 800", err, waits)
	}
}

// TestWhatManyLookAtIsCountedOnceASecond lets events come between two looks at all
// routes, of which there are two; whoever looks at one alone sees it as it is.
func TestWhatManyLookAtIsCountedOnceASecond(t *testing.T) {
	w := newWorld(t)
	_, url := newReceiver(t)
	w.subscribe("planning", url)
	w.subscribe("lake", url)
	w.apply(3, 1, 2)
	now := time.Now()
	backlog := route.NewBacklog(w.db).At(func() time.Time { return now })
	behind := func(names ...string) int64 {
		t.Helper()
		routes := make([]models.RouteStatus, len(names))
		for i, name := range names {
			routes[i] = models.RouteStatus{Name: name, Backlog: 9}
		}
		if err := backlog.Statuses(t.Context(), routes); err != nil {
			t.Fatal(err)
		}
		return routes[0].Backlog
	}
	for _, look := range []struct {
		when   string
		routes []string
		later  time.Duration
		events int64
	}{
		{"at first", []string{"planning", "lake"}, 0, 2}, {"in the same second", []string{"planning", "lake"}, 999 * time.Millisecond, 2},
		{"at one alone", []string{"planning"}, 0, 3}, {"a second later", []string{"planning", "lake"}, time.Millisecond, 3},
	} {
		now = now.Add(look.later)
		if got := behind(look.routes...); got != look.events {
			t.Errorf("%s: %d wait, want %d", look.when, got, look.events)
		}
		if look.when == "at first" {
			w.apply(3, 3)
		}
	}
}

// TestLookersAtOnceAreServedByOneCount holds the first count up until all look.
func TestLookersAtOnceAreServedByOneCount(t *testing.T) {
	w := newWorld(t)
	_, url := newReceiver(t)
	w.subscribe("planning", url)
	w.subscribe("lake", url)
	now := time.Now()
	asks := func(lookers int) int64 {
		t.Helper()
		backlog := route.NewBacklog(w.db).At(func() time.Time { return now })
		before := w.db.Pool.Stat().AcquireCount()
		tx, err := w.db.Pool.Begin(t.Context())
		if err == nil {
			_, err = tx.Exec(t.Context(), `LOCK TABLE subscriptions`)
		}
		if err != nil {
			t.Fatal(err)
		}
		var all, began sync.WaitGroup
		began.Add(lookers)
		for range lookers {
			all.Go(func() {
				began.Done()
				if err := backlog.Statuses(t.Context(), []models.RouteStatus{{Name: "planning", Backlog: 9}, {Name: "lake", Backlog: 9}}); err != nil {
					t.Error(err)
				}
			})
		}
		began.Wait()
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
		all.Wait()
		return w.db.Pool.Stat().AcquireCount() - before
	}
	if one, many := asks(1), asks(8); many != one {
		t.Errorf("eight who look at once ask the database %d times, one asks %d times", many, one)
	}
}

// TestWhoeverWaitsForACountLeavesWhenItLikes holds a count up: whoever waits for it
// and whoever asked first leave at once, and who stays is told.
func TestWhoeverWaitsForACountLeavesWhenItLikes(t *testing.T) {
	w := newWorld(t)
	_, url := newReceiver(t)
	w.subscribe("planning", url)
	w.apply(3, 1, 2)
	backlog := route.NewBacklog(w.db)
	tx, err := w.db.Pool.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), `LOCK TABLE subscriptions`)
	}
	if err != nil {
		t.Fatal(err)
	}
	type told struct {
		events int64
		err    error
	}
	look := func(ctx context.Context) <-chan told {
		result := make(chan told, 1)
		go func() {
			routes := []models.RouteStatus{{Name: "planning", Backlog: 9}, {Name: "planning", Backlog: 9}}
			err := backlog.Statuses(ctx, routes)
			result <- told{routes[0].Backlog, err}
		}()
		return result
	}
	leaves := func(who string, result <-chan told) {
		t.Helper()
		storetest.Eventually(t, who+" leaves", func() bool { return len(result) > 0 })
		if got := <-result; !errors.Is(got.err, context.Canceled) {
			t.Errorf("%s left with %v", who, got.err)
		}
	}
	asks, leaveFirst := context.WithCancel(t.Context())
	defer leaveFirst()
	first := look(asks)
	storetest.Eventually(t, "the count is held up", func() bool {
		var waits bool
		err := w.db.Pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'subscriptions'::regclass)`).Scan(&waits)
		return err == nil && waits
	})
	waits, leave := context.WithCancel(t.Context())
	second, stays := look(waits), look(t.Context())
	leave()
	leaves("who waits", second)
	leaveFirst()
	leaves("who asked first", first)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
	if got := <-stays; got.err != nil || got.events != 2 {
		t.Errorf("who stays is told %+v, want 2", got)
	}
}
