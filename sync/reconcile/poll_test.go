package reconcile_test

import (
	"context"
	"testing"
	"time"

	"throughline/sync/connector"
)

func (l *ledger) ChangedBalances(_ context.Context, dc string, since time.Time, after string, _ int) (connector.BalancePage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down != nil {
		return connector.BalancePage{}, l.down
	}
	for _, b := range l.rows {
		if b.Item > after && !b.AsOf.Before(since) && (dc == "" || b.DC == dc) {
			return connector.BalancePage{Rows: []connector.Balance{b}, Next: b.Item}, nil
		}
	}
	return connector.BalancePage{}, nil
}

// poll reads what changed at LON, and wants so many balances to come.
func (w *world) poll(since time.Time, want int64) (upto time.Time) {
	w.t.Helper()
	came, upto, err := w.Poll(w.t.Context(), w.erp, "LON", since)
	if err != nil || came != want {
		w.t.Fatalf("%d balances came, %v; want %d", came, err, want)
	}
	return upto
}

// What changed is polled from the watermark on, and counts once however often it is read.
func TestWhatChangedIsPolledFromTheWatermarkOn(t *testing.T) {
	w := newWorld(t)
	began := time.Now().UTC().Add(-30 * time.Minute)
	w.erp.changes("B", 90, 2, 20*time.Minute)
	newest := w.erp.changes("C", 80, 2, 10*time.Minute)
	w.erp.changes("D", 70, 2, 40*time.Minute) // before the watermark
	if upto := w.poll(began, 2); !upto.Equal(newest.AsOf) {
		t.Errorf("read up to %s, want %s", upto, newest.AsOf)
	}
	w.has("B", 90)
	w.has("C", 80)
	w.poll(began, 0) // it is known by now
	w.erp.changes("E", 60, 2, time.Minute)
	w.poll(newest.AsOf, 1)
	w.has("E", 60)
	w.has("D", 100)
	var events int
	err := w.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM events WHERE event_id LIKE 'reread:poll:%'`).Scan(&events)
	if err != nil || events != 3 {
		t.Errorf("%d events, %v; want 3", events, err)
	}
	w.erp.down = &connector.Error{Class: connector.ClassTransient, Message: "The ERP is down."}
	if came, upto, err := w.Poll(t.Context(), w.erp, "LON", began); err == nil || came != 0 || !upto.Equal(began) {
		t.Errorf("while it is down: %d balances up to %s, %v", came, upto, err)
	}
}
