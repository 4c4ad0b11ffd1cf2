package catchup_test

import (
	"context"
	"testing"
	"time"

	"throughline/sync/catchup"
	"throughline/sync/connector"
)

// restored is a tower that was restored from a backup, and what its ERP was asked for.
type restored struct {
	*world
	asked []time.Time
	fails error
}

func newRestored(t *testing.T) *restored {
	t.Helper()
	r := &restored{}
	r.world = newWorld(t, catchup.Source{Orders: func(_ context.Context, since time.Time) (int, int, error) {
		r.asked = append(r.asked, since)
		if r.fails != nil {
			return 3, 1, r.fails // what came before it failed has come
		}
		return 5, 2, nil
	}})
	r.sql(`DELETE FROM exceptions`)
	r.sql(`INSERT INTO settings (name, value) VALUES ('restored_from', '2026-03-02T08:00:00Z')`)
	return r
}

// said is what the audit trail tells of it.
func (r *restored) said() (said string) {
	r.Helper()
	if err := r.db.Pool.QueryRow(r.Context(), `SELECT coalesce(string_agg(reason, '; '), '') FROM audit WHERE action = 'restore.orders'`).Scan(&said); err != nil {
		r.Fatal(err)
	}
	return said
}

func TestARestoredTowerAsksOnceForTheOrdersSinceItsBackup(t *testing.T) {
	r := newRestored(t)
	r.fails = &connector.Error{Class: connector.ClassTransient, Message: "The ERP is down."}
	r.after(0)
	r.after(29 * time.Second)
	if n := len(r.asked); n != 2 || r.said() != "" { // once for each process
		t.Fatalf("while it is down asked %d times; told is %q", n, r.said())
	}
	r.fails = nil
	r.after(time.Second)
	r.after(time.Hour)
	if n := len(r.asked); n != 3 || !r.asked[2].Equal(time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)) {
		t.Errorf("asked %d times, last from %s", n, r.asked[n-1])
	}
	if want := "erp lists 5 orders that were made or changed since 2 Mar 2026 07:00 UTC; 3 of them were not known here and were read."; r.said() != want {
		t.Errorf("told is %q", r.said())
	}
}

func TestAnERPThatListsNoOrdersIsNotAskedAgain(t *testing.T) {
	r := newRestored(t)
	r.fails = &connector.Error{Class: connector.ClassPermanent, Code: connector.CodeNotFound, Message: "No such page."}
	r.after(0)
	r.after(time.Hour)
	if want := "erp does not list its orders. What was ordered after the backup is unknown here until it tells of it."; len(r.asked) != 1 || r.said() != want {
		t.Errorf("asked %d times; told is %q", len(r.asked), r.said())
	}
}
