package catchup_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"throughline/sync/catchup"
	"throughline/sync/connector"
)

// polled is a source of which a DC is silent, as it was asked.
type polled struct {
	*world
	asked []time.Time // the watermarks
	came  int64
	upto  time.Time
	fails error
}

func newPolled(t *testing.T) *polled {
	t.Helper()
	p := &polled{}
	p.world = newWorld(t, catchup.Source{Poll: func(_ context.Context, dc string, since time.Time) (int64, time.Time, error) {
		if dc != "LON" {
			t.Errorf("polled at %q", dc)
		}
		p.asked = append(p.asked, since)
		if p.fails != nil {
			return 0, since, p.fails
		}
		return p.came, p.upto, nil
	}})
	p.sql(`UPDATE exceptions SET code = 'API-01', dedupe_key = 'API-01|erp|LON', dc = 'LON'`)
	return p
}

func TestASilenceIsPolledFromItsWatermarkUntilItIsOver(t *testing.T) {
	p := newPolled(t)
	began := p.now
	p.came, p.upto = 4, began.Add(time.Second)
	p.after(0)
	p.after(14 * time.Second)
	p.came, p.upto = 0, began
	p.after(time.Second)
	p.after(15 * time.Second)
	if want := []time.Time{began, began.Add(time.Second), began.Add(time.Second)}; !slices.EqualFunc(p.asked, want, time.Time.Equal) {
		t.Errorf("polled from %v, want %v", p.asked, want)
	}
	p.fails = &connector.Error{Class: connector.ClassTransient, Message: "The ERP is down."}
	p.after(15 * time.Second)
	var answer string
	if err := p.db.Pool.QueryRow(t.Context(), `SELECT answer FROM catch_ups`).Scan(&answer); err != nil || answer != "The ERP is down." {
		t.Errorf("it says %q, %v", answer, err)
	}
	p.after(59 * time.Second)
	if len(p.asked) != 4 {
		t.Errorf("after a failure polled %d times", len(p.asked)-4)
	}
	p.sql(`UPDATE exceptions SET standing = false, state = 'resolved', resolved_at = now()`)
	p.after(time.Hour)
	var notes []string
	if err := p.db.Pool.QueryRow(t.Context(), `SELECT array_agg(note ORDER BY id) FROM exception_notes WHERE action = 'polled'`).Scan(&notes); err != nil {
		t.Fatal(err)
	}
	if want := []string{
		"The tower reads what changes in its stock from erp itself, every 15s, until it sends again.",
		"The tower reads from it no longer; 4 changed balances came by that.",
	}; !slices.Equal(notes, want) || len(p.asked) != 4 {
		t.Errorf("polled %d times; the history says %q", len(p.asked), notes)
	}
}
