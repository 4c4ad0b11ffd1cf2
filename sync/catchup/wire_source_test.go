package catchup_test

import (
	"strings"
	"testing"
	"time"

	"throughline/e2e/wire"
)

// TestAGapIsAskedForOverABadWire breaks the connection to the source in each way while
// it is asked for a gap: each asking is made once, at its time and by one process, and
// the history tells what came of it.
func TestAGapIsAskedForOverABadWire(t *testing.T) {
	for _, fault := range wire.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			w := newWired(t)
			w.erp.Counts("a", 12, 13, 14)
			w.source.Break(fault)
			w.after(10 * time.Second)
			w.after(59 * time.Second)
			w.wantCalls("before the first wait was over", 1)
			w.after(time.Second)
			w.wantCalls("after a minute", 2)
			w.source.Mend()
			w.after(119 * time.Second)
			w.wantCalls("before the second wait was over", 2)
			w.after(time.Second)
			w.wantCalls("on a wire that was mended", 3)

			told := w.told()
			if len(told) != 3 || !strings.HasSuffix(told[2], "erp sends all 3 events again.") {
				t.Fatalf("the history says %q", told)
			}
			for _, note := range told[:2] {
				if failed := strings.Contains(note, "erp cannot be asked: The "); failed == (fault.Name == "latency") {
					t.Errorf("over a bad wire the history says %q", note)
				}
			}
			if to := w.text(`SELECT asked_to::text FROM catch_ups`); to != "14" {
				t.Errorf("it was asked up to %s", to)
			}
		})
	}
}

// TestOrdersAreListedOverABadWire breaks the connection to the ERP in each way in the
// middle of the list of its orders since the backup: what was read stays, the rest
// comes once it can, and the trail tells once of all.
func TestOrdersAreListedOverABadWire(t *testing.T) {
	for _, fault := range wire.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			w := newWired(t)
			w.restored()
			w.orders(4)
			w.onCall = func(number int64) {
				if number == 2 {
					w.source.Break(fault)
				}
			}
			w.after(0)
			if fault.Name != "latency" {
				w.wantCalls("by one process on a page and by each on a broken wire", 3)
				w.after(29 * time.Second)
				w.wantCalls("before the wait was over", 3)
				w.source.Mend()
				w.after(time.Second)
			}
			w.after(time.Hour)
			if n := w.lists.Load(); n > 3 {
				t.Errorf("the list was begun %d times", n)
			}
			if read := w.read("order"); read != "4 of 4" {
				t.Errorf("%s orders were read", read)
			}
			const want = "erp lists 4 orders that were made or changed since 2 Mar 2026 07:00 UTC; 4 of them were not known here and were read."
			if said := w.text(`SELECT string_agg(reason, '; ') FROM audit WHERE action = 'restore.orders'`); said != want {
				t.Errorf("told is %q", said)
			}
		})
	}
}

// TestASilenceIsPolledOverABadWire breaks the connection to a silent source in each way
// in the middle of a poll: what came stays, the next poll begins where this one did,
// and each balance comes once.
func TestASilenceIsPolledOverABadWire(t *testing.T) {
	for _, fault := range wire.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			w := newWired(t)
			w.silent(4)
			w.onCall = func(number int64) {
				if number == 2 {
					w.source.Break(fault)
				}
			}
			w.after(0)
			if fault.Name != "latency" {
				w.wantCalls("until the wire broke", 2)
				if why := w.text(`SELECT answer FROM catch_ups`); !strings.HasPrefix(why, "The ") {
					t.Errorf("a poll that failed says %q", why)
				}
				w.after(59 * time.Second)
				w.wantCalls("before the wait was over", 2)
				w.source.Mend()
				w.after(time.Second)
			}
			all := w.calls.Load()
			w.after(14 * time.Second)
			w.wantCalls("before the next poll", all)
			w.after(time.Second)
			w.wantCalls("from the newest balance on", all+1)
			if read, came := w.read("poll"), w.text(`SELECT came || answer FROM catch_ups`); read != "4 of 4" || came != "4" {
				t.Errorf("%s balances were read, told are %q", read, came)
			}
			if notes := w.text(`SELECT count(*)::text FROM exception_notes WHERE action = 'polled'`); notes != "1" {
				t.Errorf("the history tells %s times of it", notes)
			}
		})
	}
}
