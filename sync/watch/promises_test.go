package watch_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// office works from eight to six by the business clock, which begins at nine on a Monday.
func office() *models.Calendar {
	return &models.Calendar{Name: "office", Zone: time.UTC, Days: [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}, Opens: 8 * time.Hour, Closes: 18 * time.Hour, Holidays: map[string]bool{}}
}

// supplied has an order at MAN beside that at LON, of which nobody has said anything
// yet, and targets for both DCs and for MAN alone.
func supplied(t *testing.T, entity string, followed time.Duration) *world {
	t.Helper()
	w := newWorld(t)
	w.order("PO-8", "C3", "", 24)
	w.sql(`UPDATE orders SET dc = 'MAN' WHERE number = 'PO-8'`)
	w.retune(office(), models.Target{Entity: entity, DC: "MAN", Freshness: 240 * time.Hour, Followed: followed}, models.Target{Freshness: 240 * time.Hour, Followed: time.Minute})
	return w
}

// lateAt wants an exception of a kind at MAN alone from a business time on.
func (w *world) lateAt(code models.ExceptionCode, from time.Duration) {
	w.t.Helper()
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{from - 30*time.Minute, 0}, {from + 30*time.Minute, 1}} {
		w.wait(w.clock.When(dawn.Add(step.after)).Sub(w.now) - time.Second) // a sweep is a second later
		w.sweep()
		if late := w.late(code); late["MAN"] != step.want || late["LON"] != 0 {
			w.t.Errorf("%s after nine %v are late, want %d at MAN", step.after, late, step.want)
		}
	}
}

func TestAnOrderIsToBeConfirmedByTheTargetOfItsDC(t *testing.T) {
	w := supplied(t, "confirmation", 11*time.Hour)
	w.sweep()
	w.lateAt(models.ExceptionUnconfirmed, 25*time.Hour+20*time.Minute) // nine hours are left of Monday, and a sweep is twelve minutes
}

func TestAnOrderIsToBeAcknowledgedByTheTargetOfItsDC(t *testing.T) {
	w := supplied(t, "purchase_order", 4*time.Hour)
	w.sql(`UPDATE orders SET transmitted_at = $1 WHERE state = 'open'`, w.now)
	w.lateAt(models.ExceptionUnacknowledged, 4*time.Hour)
	if open := w.kind(models.ExceptionUnacknowledged); len(open) != 1 || !strings.Contains(open[0].Happened, "within 4 h of working time") {
		t.Errorf("it says%s", briefly(open))
	}
}

func TestAShipmentIsToBeReceivedByTheTargetOfItsDC(t *testing.T) {
	w := supplied(t, "receipt", 2*time.Hour)
	w.sql(`INSERT INTO asns (asn, number, line, quantity, unit, shipped_at, eta_day, content_hash, seq)
		SELECT 'ASN-' || number, number, 1, 24, 'EA', $1, '2026-03-02', gen_random_uuid(), 3 FROM orders WHERE number IN ('PO-2', 'PO-8')`, w.now)
	for _, number := range []string{"PO-2", "PO-8"} {
		w.took(models.TypeASN, models.ASN{Order: number, Line: 1})
	}
	w.sweep()
	w.lateAt(models.ExceptionLateInbound, 25*time.Hour) // ten on Tuesday
}
