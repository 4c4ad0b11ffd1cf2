package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/webtest"
)

// history is an order that the tower learned of step by step: each fact was
// recorded some hours ago, later than it happened.
func history(t *testing.T) (w *world, ago func(hours int) time.Time) {
	t.Helper()
	w = newWorld(t)
	ago = func(hours int) time.Time { return w.now.Add(-time.Duration(hours) * time.Hour) }
	w.exec(`UPDATE settings SET value = CAST($1::timestamptz AS text) WHERE name = 'known_since'`, ago(48))
	w.exec(`UPDATE forecast_revisions SET applied_at = $1`, ago(20))
	w.recommend("R-1", 240)
	buyer := w.SignIn(models.RoleProcurement)
	submit(buyer, buyer.Get("/approvals/R-1"), approve)
	w.exec(`UPDATE recommendations SET recorded_at = $1`, ago(10))
	w.exec(`UPDATE proposals SET entered_at = $1, decided_at = $2`, ago(10), ago(8))
	w.exec(`UPDATE decisions SET decided_at = $1`, ago(8))
	w.exec(`UPDATE basis_checks SET checked_at = CASE moment WHEN 'compute' THEN $1::timestamptz ELSE $2 END`, ago(10), ago(8))
	w.exec(`INSERT INTO orders (number, kind, reference, supplier, dc, state, currency, ordered_at, version, seq, applied_at, recorded_at)
		VALUES ('PO-1', 'purchase', 'TL-R-1', 'S-1', 'LEE', 'confirmed', 'GBP', $1, 2, 702, $2, $3)`, ago(9), ago(2), ago(6))
	w.exec(`INSERT INTO order_lines (number, line, item, quantity, unit, unit_price, need_by) VALUES ('PO-1', 1, '85123A', 200, 'EA', 2.55, current_date + 7)`)
	w.exec(`INSERT INTO order_line_versions (number, version, line, item, quantity, need_by, state, seq, recorded_at)
		VALUES ('PO-1', 1, 1, '85123A', 240, current_date + 7, 'open', 701, $1), ('PO-1', 2, 1, '85123A', 200, current_date + 7, 'confirmed', 702, $2)`, ago(6), ago(2))
	w.exec(`INSERT INTO confirmations (confirmation, number, line, quantity, unit, promised_day, confirmed_at, seq, recorded_at)
		VALUES ('C-1', 'PO-1', 1, 200, 'EA', current_date + 8, $1, 703, $2)`, ago(5), ago(2))
	w.exec(`INSERT INTO stock_movements (item, dc, kind, document, on_hand_delta, allocated_delta, on_hand, allocated, version, seq, occurred_at, recorded_at)
		VALUES ('85123A', 'LEE', 'issue', 'SO-9', -90, 0, -80, 2, 41, 241, $1, $2)`, ago(7), ago(1))
	return w, ago
}

func chainAt(reader *webtest.Client, at time.Time) *webtest.Page {
	return reader.Get("/chain?q=R-1&at=" + url.QueryEscape(at.Format(time.RFC3339Nano)))
}

func TestAChainIsShownAsItWasKnownThen(t *testing.T) {
	w, ago := history(t)
	reader := w.SignIn(models.RolePlanner)
	for _, tt := range []struct {
		name          string
		at            time.Time
		with, without []string
	}{
		{"before the decision", ago(9), []string{"R-1", "No decision"}, []string{"PO-1", "C-1", "test-procurement"}},
		{"before the order was recorded, though it was made", ago(7), []string{"Approved", "Not ordered"}, []string{"PO-1", "C-1"}},
		{"its first version", ago(3), []string{"PO-1", "240 EA", "Not confirmed", "CURRENT"}, []string{"C-1", "SUPERSEDED", "200 EA"}},
		{"confirmed", ago(2), []string{"PO-1", "C-1", "200 EA"}, []string{"SUPERSEDED"}},
		{"what moved the stock is recorded", ago(1), []string{"SUPERSEDED", "SO-9"}, nil},
	} {
		p := chainAt(reader, tt.at)
		text := p.Find("#chain").Text()
		for _, want := range tt.with {
			if p.Status != http.StatusOK || !strings.Contains(text, want) {
				t.Errorf("%s: %d lacks %q", tt.name, p.Status, want)
			}
		}
		for _, unwanted := range tt.without {
			if strings.Contains(text, unwanted) {
				t.Errorf("%s: it shows %q, which was recorded later", tt.name, unwanted)
			}
		}
		if back := p.Find("#as-known a").AttrOr("href", ""); back != "/chain?q=R-1" {
			t.Errorf("%s: the way back to now is %q", tt.name, back)
		}
	}
	if text := reader.Get("/chain?q=R-1").Find("#chain"); text.Find("#as-known").Length() != 0 || !strings.Contains(text.Text(), "C-1") {
		t.Error("now is marked as another moment, or lacks what is known")
	}
}

func TestTheRecordedMomentsOfAChainLeadToEachOther(t *testing.T) {
	w, ago := history(t)
	reader := w.SignIn(models.RolePlanner)
	p := chainAt(reader, ago(3))
	for rel, want := range map[string]time.Time{"prev": ago(6), "next": ago(2)} {
		if got := p.Find(`#chain a[rel="`+rel+`"]`).AttrOr("href", ""); got != "/chain?q=R-1&at="+url.QueryEscape(want.Format(time.RFC3339Nano)) {
			t.Errorf("%s leads to %q, want %s", rel, got, want)
		}
	}
	if at := p.Find("input[name=at]").AttrOr("value", ""); at != ago(3).Format("2006-01-02T15:04:05.000") {
		t.Errorf("the field says %q", at)
	}
	if p := reader.Get("/chain?q=R-1&at=" + ago(3).Format("2006-01-02T15:04")); p.Status != http.StatusOK || p.Find("#as-known").Length() != 1 {
		t.Errorf("what the field sends is answered with %d", p.Status)
	}
	if p := chainAt(reader, ago(30)); !strings.Contains(p.Find("#chain").Text(), "knew nothing of this thread yet") {
		t.Error("a moment before the thread began does not say so")
	}
	for at, want := range map[string]string{
		w.now.Add(24 * time.Hour).Format(time.RFC3339): "Nobody knows yet", ago(100).Format(time.RFC3339): "It is kept since", "yesterday": "not a date",
	} {
		p := reader.Get("/chain?q=R-1&at=" + url.QueryEscape(at))
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text(), want) || p.Find(`#chain a[href="/chain?q=R-1"]`).Length() == 0 {
			t.Errorf("%s is answered with %d and does not say %q or lead back", at, p.Status, want)
		}
	}
}

func TestAStepOpensBesideTheChain(t *testing.T) {
	w, _ := history(t)
	w.exec(`UPDATE shard_cursors SET seq = 800, day = current_date WHERE shard = 0`)
	w.exec(`INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, trace_id, data)
		VALUES (702, 0, $1, $1, 'erp', 'po-1-v2', 'throughline.order.purchase.v1', 'PO-1', '85123A', 'LEE', '4bf92f3577b34da6a3ce929d0e0e4736', '{"order":"PO-1"}')`, w.now)
	w.exec(`INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at)
		VALUES (0, 'batch', 702, 702, 1, $1, $1, $1, 1, 1, 1, $1)`, w.now)
	it := w.SignIn(models.RoleIT)
	link := it.Get("/chain?q=R-1").Find(`[id="node-order:PO-1:1"] a.node-title`)
	href := link.AttrOr("href", "")
	if href == "" || link.AttrOr("hx-get", "") != href || link.AttrOr("hx-target", "") != "#panel" {
		t.Fatalf("a step does not open in the panel, with and without the script: %q", href)
	}
	p := it.Get(href)
	panel := p.Find("#panel").Text()
	for _, want := range []string{"PO-1", "throughline.order.purchase", "v1", "Mapping", "po-1-v2", "4bf92f3577b34da6a3ce929d0e0e4736", "Received", "Applied", `"order": "PO-1"`} {
		if !strings.Contains(panel, want) {
			t.Errorf("the panel lacks %q", want)
		}
	}
	if p.Find("#chain .node").Length() == 0 || p.Find(`#panel a[href="/events/702"]`).Length() != 1 {
		t.Error("the panel does not keep the chain or does not lead to the event")
	}
	if p.Find(`#panel a[data-panel-close]`).AttrOr("href", "") != "/chain?q=R-1" {
		t.Error("closing does not lead back to the chain")
	}
	if p := w.SignIn(models.RolePlanner).Get(href); p.Find("#panel").Length() != 1 || strings.Contains(p.Find("#panel").Text(), `"order": "PO-1"`) {
		t.Error("a reader without the right sees the raw payload")
	}
	dropped := it.Get("/chain?q=R-1&node=" + url.QueryEscape("confirmation:C-1:1")).Find("#panel").Text()
	if !strings.Contains(dropped, "Retention has dropped event 703") || !strings.Contains(dropped, "200 EA") {
		t.Errorf("what retention took is told as %q", dropped)
	}
}
