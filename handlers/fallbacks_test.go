package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
	"throughline/models/store/storetest"
)

// TestWhatStandsOnASilentSystemIsHeldUntilSomebodySetsItAside has an ERP that
// was never heard, and whose silence holds what stands on it.
func TestWhatStandsOnASilentSystemIsHeldUntilSomebodySetsItAside(t *testing.T) {
	const approvals, lift, restore = "/approvals", "/approvals/fallbacks/erp/lift", "/approvals/fallbacks/erp/restore"
	w := newWorld(t)
	w.exec(`DELETE FROM freshness`)
	w.exec(`INSERT INTO sources (source, system, interval_s, fallback, created_at) VALUES ('erp', 'erp', 1, 'hold', now() - interval '1 h')
		ON CONFLICT (source) DO UPDATE SET interval_s = 1, fallback = 'hold', created_at = EXCLUDED.created_at`)
	w.recommend("R-1", 240)
	buyer, planner, it := w.SignIn(models.RoleProcurement), w.SignIn(models.RolePlanner), w.SignIn(models.RoleIT)
	storetest.Eventually(t, "the silence on the page", func() bool {
		return strings.Contains(buyer.Get(approvals).Find("#approvals .notice").Text(), "ERP is silent")
	})
	if row := buyer.Get(approvals).Find("#approval-R-1").Text(); !strings.Contains(row, "held") {
		t.Errorf("the row does not say that it is held: %s", row)
	}
	if it.Get(approvals).Find(`form[action="`+lift+`"]`).Length() != 0 {
		t.Error("IT may set aside what it may not approve")
	}
	held := buyer.Get("/approvals/R-1")
	if held.Find(`form[action="`+approve+`"] button:not([disabled])`).Length() != 0 {
		t.Error("what is held can be approved")
	}
	if refused := submit(buyer, held, approve, "version", "1", "shown", "CURRENT"); refused.Status != http.StatusPreconditionFailed {
		t.Errorf("approving what is held is answered with %d", refused.Status)
	}
	if silent := submit(buyer, buyer.Get(approvals), lift, "for", "30m"); silent.Status != http.StatusUnprocessableEntity {
		t.Errorf("setting it aside without a reason is answered with %d", silent.Status)
	}
	if long := submit(buyer, buyer.Get(approvals), lift, "for", "8h", "reason", "The van leaves at noon."); long.Status != http.StatusUnprocessableEntity {
		t.Errorf("setting it aside for 8 h is answered with %d", long.Status)
	}
	if done := submit(buyer, buyer.Get(approvals), lift, "for", "30m", "reason", "The van leaves at noon."); done.Status != http.StatusOK {
		t.Fatalf("setting it aside is answered with %d: %s", done.Status, done.Text())
	}
	if text := buyer.Get("/approvals/R-1").Find("#review").Text(); !strings.Contains(text, "another person has to approve") {
		t.Errorf("who set it aside may approve: %s", text)
	}
	if refused := submit(buyer, buyer.Get("/approvals/R-1"), approve, "version", "1", "shown", "CURRENT"); refused.Status != http.StatusForbidden {
		t.Errorf("who set it aside approves with %d", refused.Status)
	}
	if done := submit(planner, planner.Get("/approvals/R-1"), approve); done.Status != http.StatusOK || w.state("R-1") != models.ProposalApproved {
		t.Errorf("somebody else approves with %d", done.Status)
	}
	if done := submit(buyer, buyer.Get(approvals), restore); done.Status != http.StatusOK {
		t.Errorf("putting it in force is answered with %d", done.Status)
	}
}
