package webtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// TestASuppliersNoticeIsTickedOff does it once on the page and once in the API.
func TestASuppliersNoticeIsTickedOff(t *testing.T) {
	w := webtest.Start(t)
	exec(t, w, `INSERT INTO supplier_exceptions (seq, supplier, number, kind, message, occurred_at) VALUES
		(903, 'S-1', '', 'closed', 'closed for a week', now()), (904, 'S-2', '', 'delay', 'a strike', now()), (905, 'S-2', 'PO-1', 'delay', 'of an order', now())`)
	buyer, it := w.SignIn(models.RoleProcurement), w.SignIn(models.RoleIT)
	badge := func(want string) {
		t.Helper()
		if count := strings.TrimSpace(buyer.Get("/supplier-notices").Find(`nav a[href="/approvals"] .nav-count`).Text()); count != want {
			t.Errorf("the badge counts %q, want %q", count, want)
		}
		if count := strings.TrimSpace(buyer.Get("/supplier-notices").Find(`.tabs a[href="/supplier-notices"] .tab-count`).Text()); count != want {
			t.Errorf("with nothing that waits the badge counts %s, the tab of the notices %q", want, count)
		}
	}
	badge("2")
	hidden(t, it.Get("/supplier-notices"), `#notices form`)
	if p := pressed(it, "/supplier-notices/903/seen", because("So.")); p.Status != http.StatusForbidden {
		t.Errorf("IT ticks off: %d", p.Status)
	}
	if p := pressed(buyer, "/supplier-notices/903/seen", because("")); p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusBadRequest {
		t.Errorf("without a note it is answered with %d", p.Status)
	}
	if p := pressed(buyer, "/supplier-notices/903/seen", because("Ordered a week ahead.")); p.Status != http.StatusOK {
		t.Errorf("it is answered with %d", p.Status)
	}
	if p := pressed(buyer, "/supplier-notices/903/seen", because("Again.")); p.Status != http.StatusConflict {
		t.Errorf("a second time it is answered with %d", p.Status)
	}
	if p := pressed(buyer, "/supplier-notices/905/seen", because("Of an order.")); p.Status != http.StatusNotFound {
		t.Errorf("a word about an order is answered with %d", p.Status)
	}
	see(t, buyer.Get("/supplier-notices"), "#notice-903", "Ordered a week ahead.")
	badge("1")

	see904 := func(c *webtest.Client, event string) *webtest.Page {
		return c.Do(http.MethodPost, "/api/v1/supplier-notices/"+event+"/seen", strings.NewReader(`{"note": "Another supplier."}`),
			http.Header{"Content-Type": {"application/json"}, "Sec-Fetch-Site": {"same-origin"}})
	}
	for _, try := range []struct {
		by     *webtest.Client
		event  string
		status int
	}{{it, "904", http.StatusForbidden}, {buyer, "904", http.StatusOK}, {buyer, "904", http.StatusConflict}, {buyer, "9", http.StatusNotFound}} {
		if p := see904(try.by, try.event); p.Status != try.status {
			t.Errorf("the API answers %s with %d %s, want %d", try.event, p.Status, p.Body, try.status)
		}
	}
	if p := see904(w.SignIn(models.RoleExecutive), "904"); p.Status != http.StatusForbidden || !strings.Contains(p.Body, "planners and procurement tick notices off") {
		t.Errorf("the API tells an executive %d %s", p.Status, p.Body)
	}
	var list struct {
		Notices []struct {
			Event    int64
			SeenNote string `json:"seen_note"`
		}
	}
	p := buyer.Get("/api/v1/supplier-notices")
	if err := json.Unmarshal([]byte(p.Body), &list); err != nil || len(list.Notices) != 2 || list.Notices[0].SeenNote == "" || list.Notices[1].SeenNote == "" {
		t.Errorf("the API says %s", p.Body)
	}
	badge("0")
	if n := value(t, w, `SELECT count(*)::text FROM audit WHERE action = 'supplier_notice.see' AND reason <> ''`); n != "2" {
		t.Errorf("%s are audited, want 2", n)
	}
}
