package handlers_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// says is the supplier's word about the first line of an order, after its answer.
func (w *world) says(seq int, number, kind, message string) {
	w.exec(`INSERT INTO supplier_exceptions (seq, supplier, number, line, kind, message, occurred_at) VALUES ($1, 'S-1', $2, 1, $3, $4, $5)`,
		seq, number, kind, message, w.now.Add(time.Minute))
}

func TestWhatASupplierSaysStandsAtItsOrder(t *testing.T) {
	w := newWorld(t)
	w.order("PO-77", 120, 120, 0)
	w.says(901, "PO-77", "delay", "delivery will be 3 days late")
	w.says(902, "PO-78", "delay", "of another order")
	reader := w.SignIn(models.RolePlanner)
	p := reader.Get("/chain?q=PO-77")
	if text := p.Find("#chain").Text(); !strings.Contains(text, "Supplier's delay") || strings.Contains(text, "of another order") {
		t.Errorf("the chain reads %q", text)
	}
	step, ok := p.Find("a[href*='node=word']").Attr("href")
	if !ok {
		t.Fatal("the word cannot be opened")
	}
	if text := reader.Get(step).Find("#panel").Text(); !strings.Contains(text, "delivery will be 3 days late") || !strings.Contains(text, "event 901") {
		t.Errorf("its panel reads %q", text)
	}
}

func TestAGapNamesTheSuppliersWordsUntilItAnswersAnew(t *testing.T) {
	w := newWorld(t)
	w.order("PO-77", 120, 40, 0)
	w.says(901, "PO-77", "shortage", "the rest is on another ship")
	buyer := w.SignIn(models.RoleProcurement)
	p := buyer.Get("/confirmations")
	see := func(selector, want string) {
		t.Helper()
		if text := p.Find(selector).Text(); strings.Contains(text, "on another ship") != (want != "") {
			t.Errorf("%s reads %q, want %q in it", selector, text, want)
		}
	}
	see("#gaps", "the words")
	open, _ := p.Find("#gaps a.row-link").Attr("href")
	p = buyer.Get(open)
	see("#panel", "the words")
	if n := p.Find("#panel a[href='/events/901']").Length(); n != 1 {
		t.Errorf("the panel leads to the event %d times", n)
	}
	w.exec(`UPDATE confirmations SET confirmed_at = $1 WHERE number = 'PO-77'`, w.now.Add(2*time.Minute))
	p = buyer.Get("/confirmations")
	see("#gaps", "")
}

// TestNoticesBeyondTheListAreCounted has one more than are listed.
func TestNoticesBeyondTheListAreCounted(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO supplier_exceptions (seq, supplier, kind, message, occurred_at) SELECT n, 'S-1', 'closed', 'closed', $1 FROM generate_series(1, 200) n`, w.now)
	buyer := w.SignIn(models.RoleProcurement)
	if text := squeezed(buyer.Get("/supplier-notices"), "main"); !strings.Contains(text, "200 notices, 200 not ticked off") {
		t.Errorf("all are listed: %.200s", text)
	}
	w.exec(`INSERT INTO supplier_exceptions (seq, supplier, kind, message, occurred_at) VALUES (201, 'S-1', 'closed', 'closed', $1)`, w.now)
	p := buyer.Get("/supplier-notices")
	if text := squeezed(p, "main"); !strings.Contains(text, "the newest 200 of 201 notices, 201 not ticked off") || p.Find("#notices tbody tr").Length() != 200 {
		t.Errorf("%d are listed: %.200s", p.Find("#notices tbody tr").Length(), text)
	}
}

func TestWhatASupplierSaysOfNoOrderStandsWhereItIsBoughtFrom(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 400)
	w.order("PO-77", 120, 120, 0)
	w.exec(`INSERT INTO supplier_exceptions (seq, supplier, kind, message, occurred_at) VALUES (903, 'S-1', 'closed', 'closed for a week', $1), (904, 'S-1', 'closed', 'closed last year', $2)`,
		w.now, w.now.Add(-models.NoticeLookBack-time.Hour))
	w.says(905, "PO-77", "delay", "delivery will be 3 days late")
	buyer := w.SignIn(models.RoleProcurement)
	p := buyer.Get("/supplier-notices")
	if rows := p.Find("#notices tbody tr[id]"); rows.Length() != 1 || rows.First().AttrOr("id", "") != "notice-903" {
		t.Errorf("the notices are %q", squeezed(p, "#notices"))
	}
	if text := squeezed(p, "#notice-903"); !strings.Contains(text, "closed for a week") || !strings.Contains(text, "Review 1 recommendation") {
		t.Errorf("the notice reads %q", text)
	}
	queue, _ := p.Find("#notice-903 a[href^='/approvals']").Attr("href")
	if p := buyer.Get(queue); p.Find("#queue tbody tr[id]").Length() != 1 && !strings.Contains(p.Find("#approvals").Text(), "R-1") {
		t.Errorf("%s does not lead to what waits", queue)
	}
	if text := squeezed(buyer.Get("/approvals/R-1"), "#review"); !strings.Contains(text, "closed for a week") || strings.Contains(text, "closed last year") || strings.Contains(text, "3 days late") {
		t.Errorf("the review reads %q", text)
	}
}
