package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/web/webtest"
)

func TestTheChainIsFoundByEveryKeyAndDrawsWhatIsMissing(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	reader := w.SignIn(models.RoleExecutive)
	for _, key := range []string{"85123A", "85123A@LEE", "85123A@LEE#7", "R-1", "TL-R-1"} {
		p := reader.Get("/chain?q=" + url.QueryEscape(key))
		if p.Status != http.StatusOK {
			t.Errorf("%s is answered with %d", key, p.Status)
			continue
		}
		chain := p.Find("#chain").Text()
		for _, want := range []string{"Revision 7", "R-1", "240 EA", "No decision", "CURRENT"} {
			if !strings.Contains(chain, want) {
				t.Errorf("the chain of %s lacks %q", key, want)
			}
		}
		if p.Find(".node-gap").Length() == 0 || p.Find(".moments li").Length() != 4 {
			t.Errorf("the chain of %s has no gap or no basis", key)
		}
	}
	if p := reader.Get("/chain?q=R-1"); p.Find(".node-focus").Length() != 1 {
		t.Error("the node that was asked for is not marked")
	}
	if p := reader.Get("/chain?q=nonsense"); p.Status != http.StatusNotFound || !strings.Contains(p.Text(), "an order number") {
		t.Errorf("an unknown key is answered with %d and does not say what can be searched", p.Status)
	}
}

func TestSearchGoesToTheOneThingItFinds(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	w.exec(`INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, seq, updated_at)
		VALUES ('85123B', 'White hanging heart small', 'EA', 12, 24, 2.50, 4.95, 'GBP', 'A', 'S-1', 1, 9, $1)`, w.now)
	w.order("PO-77", 120, 40, 2)
	w.exec(`UPDATE orders SET reference = 'TL-R-1' WHERE number = 'PO-77'`)
	w.exec(`INSERT INTO evaluations (run, item, dc, outcome, reason, evaluated_at, content_hash, seq) VALUES ('RUN-9', '85123A', 'LEE', 'no_action', 'covered', $1, gen_random_uuid(), 9)`, w.now)
	w.exec(`UPDATE forecast_revisions SET run = 'FC-9' WHERE item = '85123A' AND dc = 'LEE' AND revision = 7`)
	reader := w.SignIn(models.RolePlanner)
	for query, want := range map[string]string{
		"R-1": "/chain?q=R-1", "TL-R-1": "/chain?q=R-1", "LEE": "/dcs/LEE", "85123A": "/chain?q=85123A", "85123A@LEE#7": "/chain?q=85123A%40LEE%237",
		"85123A/LEE": "/chain?q=85123A%2FLEE", "po-77": "/chain?q=PO-77", "77": "/chain?q=PO-77", "C-PO-77": "/chain?q=PO-77",
		"RUN-9": "/chain?q=85123A%40LEE", "FC-9": "/chain?q=85123A%40LEE%237",
		"Hearts Ltd": "/approvals?supplier=S-1",
	} {
		if p := reader.Get("/search?q=" + url.QueryEscape(query)); p.Header.Get("Location") != want {
			t.Errorf("%q leads to %d %q, want %q", query, p.Status, p.Header.Get("Location"), want)
		}
	}
	if p := reader.Get("/search?q=85123"); p.Find("tbody tr").Length() != 2 {
		t.Errorf("two items are listed as %d rows", p.Find("tbody tr").Length())
	}
	if p := reader.Get("/search?q=nonsense"); p.Status != http.StatusNotFound {
		t.Errorf("nothing found is %d", p.Status)
	}
}

func TestTheInfluenceBoardShowsWhatHasNotArrived(t *testing.T) {
	w := newWorld(t)
	planner := w.SignIn(models.RolePlanner)
	p := planner.Get("/influence?class=A")
	row := p.Find("tbody tr").Text()
	for _, want := range []string{"85123A", "not delivered", "+10", "+100", "delivery", "Planning"} {
		if !strings.Contains(row, want) {
			t.Errorf("the row lacks %q: %s", want, row)
		}
	}
	w.exec(`INSERT INTO milestones (kind, subject, item, dc, revision, clock, opened_at, due_at)
		VALUES ('evaluated', '85123A|LEE@7', '85123A', 'LEE', 7, 'business', $1, $1::timestamptz + interval '24 h')`, w.now)
	w.exec(`INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, source, owner,
			opened_at, last_seen_at, ack_due_at, resolve_due_at)
		VALUES ('WFL-01', 'it', 'workflow', 'k', 't', 'h', 'assigned', 'P3', 'C2', 'w', 'replenishment', 'test-it', $1::timestamptz + interval '1 h', $1, $1, $1)`, w.now)
	row = planner.Get("/influence").Find("tbody tr").Text()
	for _, want := range []string{"1 d", "delivery", "test-it"} {
		if !strings.Contains(row, want) {
			t.Errorf("the row lacks %q: %s", want, row)
		}
	}
	// Without an engine the request is refused in words, in the same place.
	asked := submit(planner, p, "/influence/evaluate")
	if asked.Status != http.StatusPreconditionFailed || !strings.Contains(asked.Find("[data-toast]").Text(), "No replenishment engine") {
		t.Errorf("evaluate now is answered with %d %s", asked.Status, asked.Text())
	}
	if p := planner.Get("/influence?state=ordered"); p.Find("tbody tr").Length() != 0 {
		t.Error("what is not ordered is listed as ordered")
	}
	if p := w.SignIn(models.RoleProcurement).Get("/influence"); p.Status != http.StatusForbidden {
		t.Errorf("procurement gets the planner's board: %d", p.Status)
	}
}

func TestTheOrderDeskSendsAgainWhatTheERPRefused(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	buyer := w.SignIn(models.RoleProcurement)
	submit(buyer, buyer.Get("/approvals/R-1"), approve)
	w.exec(`UPDATE erp_writes SET state = 'failed', attempts = 1, sent_at = now(), error_class = 'permanent', error = 'The supplier is blocked.'`)
	w.exec(`UPDATE proposals SET state = 'failed'`)
	w.exec(`INSERT INTO milestones (kind, subject, clock, opened_at, due_at)
		SELECT 'ordered', recommendation, 'real', decided_at, decided_at - interval '1 day' FROM proposals ON CONFLICT (kind, subject) DO UPDATE SET due_at = EXCLUDED.due_at`)
	desk := buyer.Get("/orders?dc=LEE&sort=-window")
	row := desk.Find("tbody tr").Text()
	for _, want := range []string{"R-1", "The supplier is blocked.", "test-procurement", "240 EA", "1 d late"} {
		if !strings.Contains(row, want) {
			t.Errorf("the row lacks %q: %s", want, row)
		}
	}
	storetest.Eventually(t, "the exception with its owner on the desk", func() bool {
		return buyer.Get("/orders?dc=LEE").Find("tbody a[href^='/exceptions/']").Text() == "nobody yet"
	})
	form := desk.Find("tbody form").AttrOr("action", "")
	if p := submit(buyer, desk, form, "reason", "Unblocked"); p.Status != http.StatusOK || w.state("R-1") != models.ProposalApproved {
		t.Errorf("resubmit is answered with %d %s", p.Status, p.Text())
	}
	it := w.SignIn(models.RoleIT)
	it.Post("/pauses/target/erp/pause", url.Values{"reason": {"Maintenance"}})
	storetest.Eventually(t, "who sends again to be told of the pause", func() bool {
		p := submit(buyer, desk, form, "reason", "Once more")
		return p.Status == http.StatusOK && strings.Contains(p.Text(), "The order waits and is sent when the pause is over: calls to the ERP are paused by test-it until somebody resumes it: Maintenance.")
	})
	if formsOn(it.Get("/orders")) != 0 {
		t.Error("a reader is offered to resubmit")
	}
}

// formsOn counts what a page offers to do; how a reader arranges a list is no act.
func formsOn(p *webtest.Page) int {
	return p.Find("#page form[method=post]").Not("[action^='/lists/']").Length()
}
