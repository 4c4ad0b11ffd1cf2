package route_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"testing"

	"throughline/models/store"
	"throughline/models/store/storetest"
)

// lives gives a database with a route to an address, whose process can be killed
// at each statement.
func lives(t *testing.T, url string) (w *world, stops *storetest.Stops, life func() *exec.Cmd) {
	t.Helper()
	dsn := storetest.DSN(t)
	db, err := store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 6})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	w = newWorldOn(t, db)
	w.subscribe("planning", url)
	w.apply(3, 1, 2)
	w.apply(3, 3)
	return w, storetest.StopAtWrites(t, db), func() *exec.Cmd {
		process := exec.CommandContext(t.Context(), os.Args[0])
		process.Env = append(os.Environ(), routeChild+"="+dsn, routeWhole+"=1")
		return process
	}
}

// passed reports whether the route will not send an event any more.
func (w *world) passed(seq int) bool {
	w.t.Helper()
	return w.text(`SELECT EXISTS (SELECT FROM consumer_cursors c JOIN changes ch USING (shard)
		WHERE c.consumer = 'route:planning' AND $1 BETWEEN ch.from_seq AND ch.to_seq
			AND (c.pos >= ch.pos OR (c.skipped_pos, c.skipped_seq) >= (ch.pos, $1)))`, seq) == "true"
}

// TestARefusalIsKilledAtEachStatement kills the process while it halves what is
// refused, takes what is not and sets the rest aside: the route never passes an
// event that was neither taken nor set aside, and sets it aside once.
func TestARefusalIsKilledAtEachStatement(t *testing.T) {
	target, url := newPicky(t, 2)
	w, stops, life := lives(t, url)
	kills := stops.KillAtEach(t, life, func(step int) string {
		aside := w.aside()
		target.set(func(p *picky) {
			for version := range 3 {
				if version++; w.passed(version) && !slices.Contains(p.versions, version) && (version != 2 || len(aside) != 1) {
					t.Errorf("killed at statement %d: the route is past %d, which was not taken, with %d set aside", step, version, len(aside))
				}
			}
		})
		return w.text(`SELECT concat_ws(' ', pos, skipped_pos, skipped_seq) FROM consumer_cursors WHERE consumer = 'route:planning' AND shard = 3`)
	})
	if got := slices.Compact(slices.Sorted(slices.Values(target.versions))); !slices.Equal(got, []int{1, 3}) {
		t.Errorf("after %d deaths the subscriber has %v", kills, got)
	}
	if aside := w.aside(); len(aside) != 1 || aside[0].Event.ID != "e2" {
		t.Errorf("after %d deaths set aside is %+v", kills, aside)
	}
}

// TestADisabledRouteIsKilledAtEachStatement has the subscriber answer that it is
// gone: the route is disabled, and nothing of it is passed.
func TestADisabledRouteIsKilledAtEachStatement(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusGone) }))
	t.Cleanup(server.Close)
	w, stops, life := lives(t, server.URL)
	before := w.text(`SELECT coalesce(sum(pos), 0) FROM consumer_cursors`)
	kills := stops.KillAtEach(t, life, func(step int) string {
		if state, why := w.text(`SELECT state FROM subscriptions`), w.text(`SELECT disabled_why FROM subscriptions`); (state == "disabled") != (why != "") {
			t.Errorf("killed at statement %d: the route is %s because of %q", step, state, why)
		}
		return ""
	})
	if state := w.text(`SELECT state FROM subscriptions`); state != "disabled" || kills == 0 {
		t.Errorf("after %d deaths the route is %s", kills, state)
	}
	if after := w.text(`SELECT coalesce(sum(pos), 0) FROM consumer_cursors`); after != before {
		t.Errorf("a route that is disabled went from %s to %s", before, after)
	}
}
