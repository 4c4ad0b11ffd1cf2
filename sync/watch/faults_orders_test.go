package watch_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// orderFaults go wrong between a forecast revision and the receipt of what was ordered.
var orderFaults = []fault{
	{name: "a revision reaches no evaluation", code: models.ExceptionNoInfluence, priority: models.PriorityP4, says: "from 50 to 80",
		breaks: func(w *world) {
			w.revision("C3", 5, 80)
			w.sweep()
			w.wait(3 * time.Minute)
			w.sql(`UPDATE milestones SET due_at = due_at + interval '1 day' WHERE kind IN ('confirmed', 'ordered')`)
		},
		mends: func(w *world) { w.evaluate("C3", 5) }},
	{name: "a waiting recommendation grows stale", code: models.ExceptionStaleBasis, priority: models.PriorityP3, says: "instead of 24 EA",
		breaks: func(w *world) {
			w.sql(`INSERT INTO stock_movements VALUES ('B2', 'LON', 'adjustment', -100, 0, 400, 0, '', 8, gen_random_uuid(), 9, $1, $1)`, w.now)
		},
		mends: func(w *world) {
			w.sql(`UPDATE proposals SET state = 'superseded', superseded_by = 'R9', decided_at = $1 WHERE recommendation = 'R2'`, w.now)
		}},
	{name: "a waiting recommendation grows stale by half", code: models.ExceptionStaleBasis, priority: models.PriorityP4, says: "instead of 24 EA",
		breaks: func(w *world) {
			w.sql(`INSERT INTO stock_movements VALUES ('B2', 'LON', 'adjustment', -11, 0, 489, 0, '', 8, gen_random_uuid(), 9, $1, $1)`, w.now)
		},
		mends: func(w *world) {
			w.sql(`UPDATE proposals SET state = 'superseded', superseded_by = 'R9', decided_at = $1 WHERE recommendation = 'R2'`, w.now)
		}},
	{name: "an approval leads to no order", code: models.ExceptionNotOrdered, priority: models.PriorityP3, says: "Approved, not ordered",
		breaks: func(w *world) { w.wait(200 * time.Second) },
		mends: func(w *world) {
			w.sql(`UPDATE proposals SET state = 'ordered', ordered_at = $1 WHERE recommendation = 'R3'`, w.now)
		}},
	{name: "the ERP refuses an order", code: models.ExceptionNotOrdered, priority: models.PriorityP3, says: "supplier is blocked",
		breaks: func(w *world) {
			w.write("R3", "failed", 1, "permanent", "the supplier is blocked")
			w.sql(`UPDATE proposals SET state = 'failed' WHERE recommendation = 'R3'`)
		},
		mends: func(w *world) { w.sql(`UPDATE proposals SET state = 'rejected' WHERE recommendation = 'R3'`) },
		check: func(t *testing.T, e models.Exception) {
			if e.AlsoTeam != models.TeamIT || e.Subject.ERPWrite == 0 || e.Subject.Recommendation != "R3" {
				t.Errorf("%+v", e)
			}
		}},
	{name: "two orders under one reference", code: models.ExceptionDuplicateOrder, priority: models.PriorityP1, says: "TL-R1",
		breaks: func(w *world) { w.order("PO-9", "A1", "TL-R1", 12); w.confirm("PO-9", 12, "2026-03-06") },
		mends:  func(w *world) { w.sql(`UPDATE orders SET state = 'cancelled' WHERE number = 'PO-9'`) }},
	{name: "two equal orders at once", code: models.ExceptionDuplicateOrder, priority: models.PriorityP1, says: "PO-9 may repeat PO-2",
		breaks: func(w *world) { w.order("PO-9", "B2", "", 60) },
		mends:  func(w *world) { w.sql(`UPDATE orders SET state = 'cancelled' WHERE number = 'PO-9'`) }},
	{name: "stock runs out inside the lead time", code: models.ExceptionStockout, priority: models.PriorityP2, says: "Mug A1 runs out at MAN",
		breaks: func(w *world) { w.sql(`UPDATE positions SET on_hand = 9 WHERE item = 'A1' AND dc = 'MAN'`) },
		mends:  func(w *world) { w.sql(`UPDATE positions SET on_hand = 300 WHERE item = 'A1' AND dc = 'MAN'`) }},
	{name: "a supplier confirms short and late", code: models.ExceptionConfirmationGap, priority: models.PriorityP3, says: "Acme Ltd confirmed 40 of 120, 6 days late",
		breaks: func(w *world) { w.order("PO-5", "C3", "", 120); w.confirm("PO-5", 40, "2026-03-12") },
		mends:  func(w *world) { w.confirm("PO-5", 120, "2026-03-06") }},
	{name: "a supplier says why it confirms nothing", code: models.ExceptionConfirmationGap, priority: models.PriorityP3, says: "Acme Ltd says: “we are out of clay”.",
		breaks: func(w *world) {
			w.order("PO-5", "C3", "", 120)
			w.confirm("PO-5", 0, "2026-03-06")
			w.says("PO-5", "rejected", "we are out of clay.")
		},
		mends: func(w *world) { w.wait(time.Second); w.confirm("PO-5", 120, "2026-03-06") },
		check: func(t *testing.T, e models.Exception) {
			if !strings.Contains(e.Title, "rejected 120 EA") {
				t.Errorf("the words stand beside the gap that they explain: %s", e.Title)
			}
		}},
	{name: "a supplier takes back what it confirmed", code: models.ExceptionConfirmationGap, priority: models.PriorityP3, says: "Acme Ltd says: “a machine broke”.",
		breaks: func(w *world) {
			w.order("PO-5", "C3", "", 120)
			w.confirm("PO-5", 120, "2026-03-06")
			w.says("PO-5", "shortage", "a machine broke")
		},
		mends: func(w *world) { w.sql(`UPDATE orders SET state = 'cancelled' WHERE number = 'PO-5'`) }},
	{name: "a supplier says that it will be late", code: models.ExceptionLateInbound, priority: models.PriorityP3, says: "Acme Ltd will deliver PO-1 late",
		breaks: func(w *world) {
			w.says("PO-1", "delay", "delivery will be 3 days late")
			w.says("", "closed", "closed for a week") // of no order: there is nothing to chase
			w.says("PO-9", "delay", "of an order that nobody knows")
		},
		mends: func(w *world) {
			w.sql(`INSERT INTO asns (asn, number, line, quantity, unit, shipped_at, eta_day, content_hash, seq) VALUES ('ASN-1', 'PO-1', 1, 60, 'EA', $1, '2026-03-06', gen_random_uuid(), 3)`, w.now)
		},
		check: func(t *testing.T, e models.Exception) {
			if e.Subject.Document != "PO-1" || e.Team != models.TeamProcurement || !strings.Contains(e.Happened, "“delivery will be 3 days late”") {
				t.Errorf("%+v", e)
			}
		}},
	{name: "a supplier does not answer", code: models.ExceptionUnconfirmed, priority: models.PriorityP3, says: "Acme Ltd has not confirmed PO-2",
		breaks: func(w *world) {
			w.sql(`UPDATE proposals SET state = 'rejected' WHERE recommendation = 'R3'`)
			w.wait(3*2*time.Minute + time.Second)
		},
		mends: func(w *world) { w.confirm("PO-2", 60, "2026-03-06") }},
	{name: "a shipment does not arrive", code: models.ExceptionLateInbound, priority: models.PriorityP3, says: "ASN-1",
		breaks: func(w *world) {
			w.sql(`UPDATE proposals SET state = 'rejected' WHERE recommendation = 'R3'`)
			w.confirm("PO-2", 60, "2026-03-06")
			w.sql(`INSERT INTO asns (asn, number, line, quantity, unit, shipped_at, eta_day, content_hash, seq) VALUES ('ASN-1', 'PO-1', 1, 60, 'EA', $1, '2026-03-04', gen_random_uuid(), 3)`, w.now)
			w.took(models.TypeASN, models.ASN{Order: "PO-1", Line: 1})
			w.sweep()
			w.wait(8 * time.Minute)
		},
		mends: func(w *world) {
			w.sql(`INSERT INTO receipts (receipt, number, line, item, dc, quantity, unit, received_at, content_hash, seq) VALUES ('G1', 'PO-1', 1, 'A1', 'LON', 60, 'EA', $1, gen_random_uuid(), 4)`, w.now)
			w.took(models.TypeReceipt, models.GoodsReceipt{Order: "PO-1", Line: 1})
		}},
}
