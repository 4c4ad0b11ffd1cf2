package handlers_test

import (
	"testing"

	"throughline/models"
)

// line stores an order with one line, as the ERP's event would.
func (w *world) line(number, reference string, quantity int) {
	w.t.Helper()
	w.exec(`INSERT INTO orders (number, kind, reference, supplier, dc, state, currency, ordered_at, version, seq, applied_at)
		VALUES ($1, 'purchase', $2, 'S-1', 'LEE', 'confirmed', 'GBP', $3, 1, 400, $3)`, number, reference, w.now)
	w.exec(`INSERT INTO order_lines (number, line, item, quantity, unit, unit_price, need_by)
		VALUES ($1, 1, '85123A', $2, 'EA', 2.55, $3::timestamptz::date + 1)`, number, quantity, w.now)
}

func (w *world) replied(table, id, number string, quantity int) {
	w.t.Helper()
	sql := map[string]string{
		"confirmations": `INSERT INTO confirmations (confirmation, number, line, quantity, unit, promised_day, confirmed_at, seq) VALUES ($1, $2, 1, $3, 'EA', $4::timestamptz::date, $4, 401)`,
		"asns":          `INSERT INTO asns (asn, number, line, quantity, unit, shipped_at, eta_day, seq) VALUES ($1, $2, 1, $3, 'EA', $4, $4::timestamptz::date, 402)`,
		"receipts":      `INSERT INTO receipts (receipt, number, line, item, dc, quantity, unit, received_at, seq) VALUES ($1, $2, 1, '85123A', 'LEE', $3, 'EA', $4, 403)`,
	}[table]
	w.exec(sql, id, number, quantity, w.now)
}

func (w *world) approveAll() {
	w.t.Helper()
	buyer := w.SignIn(models.RoleProcurement)
	for _, id := range []string{"R-1", "R-2", "R-3"} {
		if p := buyer.Get("/approvals/" + id); p.Find(`form[action="/approvals/`+id+`/approve"]`).Length() > 0 {
			submit(buyer, p, "/approvals/"+id+"/approve")
		}
	}
}

func TestTheChainAddsUpWhereItSplits(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	w.approveAll()
	w.line("PO-1", "TL-R-1", 140)
	w.line("PO-2", "TL-R-1", 60)
	w.replied("confirmations", "C-1", "PO-1", 100)
	w.replied("confirmations", "C-2", "PO-1", 40)
	w.replied("asns", "N-1", "PO-1", 80)
	w.replied("receipts", "G-1", "PO-1", 50)
	w.replied("receipts", "G-2", "PO-1", 20)
	p := w.SignIn(models.RolePlanner).Get("/chain?q=R-1")
	for node, want := range map[string]string{
		`[id^="node-decision:"] .node-sum`:         "Ordered 140 + 60 = 200 of 240 EA, 40 open",
		`[id="node-order:PO-1:1"] .node-sum`:       "Confirmed 100 + 40 = 140 of 140 EA",
		`[id="node-confirmation:C-1:1"] .node-sum`: "Shipped 80 of 100 EA, 20 open",
		`[id="node-asn:N-1:1"] .node-sum`:          "Received 50 + 20 = 70 of 80 EA, 10 open",
	} {
		if got := squeezed(p, node); got != want {
			t.Errorf("%s says %q, want %q", node, got, want)
		}
	}
	if p.Find(`[id="node-confirmation:C-1:1"] .node-note`).Length() != 0 {
		t.Error("a part of a phased confirmation is called short")
	}
	w.replied("confirmations", "C-3", "PO-1", 90)
	if got := squeezed(w.SignIn(models.RolePlanner).Get("/chain?q=R-1"), `[id="node-order:PO-1:1"] .node-sum`); got != "Confirmed 90 of 140 EA, 50 open" {
		t.Errorf("confirmations that replace each other are added up: %q", got)
	}
}

func TestAShortReceiptIsNotCalledReceived(t *testing.T) {
	w := newWorld(t)
	w.line("PO-1", "", 140)
	w.replied("confirmations", "C-1", "PO-1", 70)
	w.replied("asns", "N-1", "PO-1", 70)
	w.replied("receipts", "G-1", "PO-1", 70)
	w.exec(`UPDATE orders SET state = 'received'`)
	if got := squeezed(w.SignIn(models.RolePlanner).Get("/chain?q=PO-1"), ".chain-summary"); got != "Received 70 of 140 EA." {
		t.Errorf("half of it has come, and the chain says %q", got)
	}
}

func TestOneOrderShowsAllTheRecommendationsThatItServes(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-2", 240)
	w.approveAll()
	w.recommend("R-3", 120)
	w.approveAll()
	w.line("PO-3", "TL-R-2", 360)
	w.exec(`UPDATE erp_writes SET state = 'confirmed', document = 'PO-3', lease_owner = '', lease_until = NULL`)
	w.exec(`INSERT INTO erp_write_attempts (write_id, attempt, action, started_at, ended_at, outcome) SELECT id, 1, 'send', $1, $1, 'created' FROM erp_writes`, w.now)
	w.exec(`UPDATE proposals SET state = 'ordered', ordered_at = $1`, w.now)
	for _, query := range []string{"PO-3", "R-3"} {
		p := w.SignIn(models.RolePlanner).Get("/chain?q=" + query)
		if p.Find(`[id="node-recommendation:R-2"]`).Length() != 1 || p.Find(`[id="node-recommendation:R-3"]`).Length() != 1 {
			t.Errorf("the chain of %s lacks one of the two recommendations", query)
		}
		if got := squeezed(p, `[id="node-order:PO-3:1"] .node-sum`); got != "From 240 + 120 = 360 of 360 EA" && got != "From 120 + 240 = 360 of 360 EA" {
			t.Errorf("from %s the order says %q", query, got)
		}
	}
}
