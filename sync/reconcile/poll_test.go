package reconcile_test

import (
	"context"
	"testing"
	"time"

	"throughline/sync/connector"
)

func (l *ledger) ChangedBalances(_ context.Context, dc string, since time.Time, after string, limit int) (connector.BalancePage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down != nil {
		return connector.BalancePage{}, l.down
	}
	var page connector.BalancePage
	for _, b := range l.rows {
		if b.Item <= after || b.AsOf.Before(since) || dc != "" && b.DC != dc {
			continue
		}
		if len(page.Rows) == limit {
			page.Next = page.Rows[limit-1].Item
			break
		}
		page.Rows = append(page.Rows, b)
	}
	return page, nil
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

// paged serves one balance a page, and lets something happen after the first.
type paged struct {
	*ledger
	after func()
}

func (p paged) ChangedBalances(ctx context.Context, dc string, since time.Time, after string, _ int) (connector.BalancePage, error) {
	if after != "" {
		p.after()
	}
	return p.ledger.ChangedBalances(ctx, dc, since, after, 1)
}

// What changes on a page that was read, before the last page is, comes with the next poll.
func TestWhatChangesBetweenThePagesOfAPollComesWithTheNext(t *testing.T) {
	w := newWorld(t)
	began := time.Now().UTC().Add(-30 * time.Minute)
	w.erp.changes("A", 90, 2, 20*time.Minute)
	w.erp.changes("E", 80, 2, 10*time.Minute)
	first := true
	from := paged{w.erp, func() {
		if first {
			w.erp.changes("A", 70, 3, 15*time.Minute)
		}
		first = false
	}}
	_, upto, err := w.Poll(t.Context(), from, "LON", began)
	if err != nil {
		t.Fatal(err)
	}
	w.has("E", 80)
	w.has("A", 90)
	w.poll(upto, 1)
	w.has("A", 70)
}

// A balance that is dated ahead does not hide what changes until then.
func TestATimeThatIsToComeIsNoWatermark(t *testing.T) {
	w := newWorld(t)
	began := time.Now().UTC().Add(-30 * time.Minute)
	w.erp.changes("A", 90, 2, -72*time.Hour)
	if upto := w.poll(began, 1); !upto.Equal(began) {
		t.Errorf("read up to %s, want %s", upto, began)
	}
}

// What was polled and has not taken effect came once.
func TestABalanceSetAsideIsPolledOnce(t *testing.T) {
	w := newWorld(t)
	w.sql(`DELETE FROM items WHERE item = 'B'`)
	began := time.Now().UTC().Add(-30 * time.Minute)
	w.erp.changes("B", 90, 2, 20*time.Minute)
	w.poll(began, 1)
	w.eventually("the balance to be set aside", func() bool {
		var n int
		err := w.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM unsettled_events WHERE event_id = 'reread:poll:B|LON@2'`).Scan(&n)
		return err == nil && n == 1
	})
	w.poll(began, 0)
	var repeated int
	if err := w.db.Pool.QueryRow(t.Context(), `SELECT sum(duplicate) FROM books_received`).Scan(&repeated); err != nil || repeated != 0 {
		t.Errorf("%d were offered again, %v", repeated, err)
	}
}
