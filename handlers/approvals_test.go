package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
)

const approve = "/approvals/R-1/approve"

func TestTheQueueShowsWhatDecidesAndApprovesIt(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	buyer := w.SignIn(models.RoleProcurement)
	list := buyer.Get("/approvals?dc=LEE&verdict=CURRENT")
	row := list.Find("#approval-R-1").Text()
	for _, want := range []string{"R-1", "White hanging heart", "LEE", "Hearts Ltd", "240 EA", "612", "CURRENT", "over the limit"} {
		if !strings.Contains(row, want) {
			t.Errorf("the row lacks %q: %s", want, row)
		}
	}
	if n := buyer.Get("/approvals?verdict=stale").Find("#approval-R-1").Length(); n != 0 {
		t.Error("a current one is listed among the stale")
	}
	open := buyer.Get("/approvals?open=R-1")
	if open.Find("#panel [data-key=a]").Length() != 1 || open.Find("#panel .moments li").Length() != 4 {
		t.Fatalf("the panel is not complete: %s", open.Find("#panel").Text())
	}
	for _, want := range []string{"Age of stock", "Age of open orders", "Age of forecast", " old, forecast ", "Confidence", "82 %"} {
		if !strings.Contains(open.Find("#panel").Text(), want) {
			t.Errorf("the inputs lack %q: %s", want, open.Find("#panel").Text())
		}
	}
	done := submit(buyer, open, approve)
	if done.Status != http.StatusOK || !strings.Contains(done.Find("[data-toast]").Text(), "is approved") {
		t.Errorf("the approval is answered with %d %s", done.Status, done.Text())
	}
	if done.Find("#review[hx-swap-oob]").Length() != 1 || done.Find("#review form").Length() != 0 {
		t.Error("the answer is not the review as it is now, without buttons")
	}
	if state := w.state("R-1"); state != models.ProposalApproved {
		t.Errorf("it is %s", state)
	}
}

func TestTheSecondOfTwoPeopleSeesWhatTheFirstDecided(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	buyer, planner := w.SignIn(models.RoleProcurement), w.SignIn(models.RolePlanner)
	seen := planner.Get("/approvals?open=R-1")
	submit(buyer, buyer.Get("/approvals?open=R-1"), approve)
	late := submit(planner, seen, "/approvals/R-1/reject", "reason", "Not needed any more")
	if late.Status != http.StatusConflict {
		t.Errorf("the second decision is answered with %d", late.Status)
	}
	if toast := late.Find("[data-toast]").Text(); !strings.Contains(toast, "test-procurement approved it") {
		t.Errorf("it says %q", toast)
	}
	if review := late.Find("#review").Text(); !strings.Contains(review, "approved, not ordered yet") {
		t.Errorf("the review is not as it is now: %s", review)
	}
	if w.state("R-1") != models.ProposalApproved {
		t.Error("the second decision took effect")
	}
}

func TestAWorsenedBasisIsShownBeforeItIsAccepted(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	buyer := w.SignIn(models.RoleProcurement)
	seen := buyer.Get("/approvals/R-1")
	w.sell(41, 100)
	refused := submit(buyer, seen, approve)
	if refused.Status != http.StatusPreconditionFailed || w.state("R-1") != models.ProposalWaiting {
		t.Fatalf("a basis that got worse is answered with %d", refused.Status)
	}
	if refused.Find("#review .verdict-superseded").Length() == 0 || !strings.Contains(refused.Find("#review").Text(), "SO-991") {
		t.Errorf("the answer does not show what changed: %s", refused.Find("#review").Text())
	}
	if refused.Find("#approve-stale textarea[name=reason][required]").Length() != 1 {
		t.Fatal("accepting it does not ask for a reason")
	}
	if silent := submit(buyer, refused, approve); silent.Status != http.StatusUnprocessableEntity {
		t.Errorf("accepted without a reason: %d", silent.Status)
	}
	accepted := submit(buyer, refused, approve, "reason", "The big order was planned")
	if accepted.Status != http.StatusOK || w.state("R-1") != models.ProposalApproved {
		t.Errorf("accepted with a reason: %d %s", accepted.Status, accepted.Text())
	}
}

func TestAnotherQuantityKeepsToPacks(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	buyer := w.SignIn(models.RoleProcurement)
	seen := buyer.Get("/approvals/R-1")
	if p := submit(buyer, seen, approve, "quantity", "250"); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text(), "packs of 12") {
		t.Errorf("a broken pack is answered with %d %s", p.Status, p.Find("[data-toast]").Text())
	}
	if p := submit(buyer, seen, approve, "quantity", "many"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("no number at all is answered with %d", p.Status)
	}
	if p := submit(buyer, seen, approve, "quantity", "216"); p.Status != http.StatusUnprocessableEntity || w.state("R-1") != models.ProposalWaiting {
		t.Errorf("another quantity without a reason is answered with %d", p.Status)
	}
	if p := submit(buyer, seen, approve, "quantity", "216", "reason", "A full pallet or truck"); p.Status != http.StatusOK || !strings.Contains(p.Find("#review").Text(), "216 EA") {
		t.Errorf("another quantity is answered with %d %s", p.Status, p.Text())
	}
}

func TestWithoutScriptADecisionIsAnsweredWithThePage(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	buyer := w.SignIn(models.RoleProcurement)
	form := formOf(buyer.Get("/approvals/R-1"), approve)
	if p := buyer.Post(approve, form); p.Status != http.StatusSeeOther || p.Header.Get("Location") != "/approvals/R-1" {
		t.Errorf("the approval leads to %d %q", p.Status, p.Header.Get("Location"))
	}
	again := buyer.Post(approve, form)
	if again.Status != http.StatusConflict || again.Find("#review .notice-partial").Length() != 1 {
		t.Errorf("the second approval is answered with %d and no notice on the page", again.Status)
	}
}

func TestWhoMayNotDecideReadsOnly(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	reader := w.SignIn(models.RoleExecutive)
	p := reader.Get("/approvals?open=R-1")
	if p.Status != http.StatusOK || p.Find("#approval-R-1").Length() != 1 || formsOn(p) != 0 {
		t.Errorf("a reader gets %d with %d forms", p.Status, formsOn(p))
	}
	buyer := w.SignIn(models.RoleProcurement)
	form := formOf(buyer.Get("/approvals/R-1"), approve)
	if refused := reader.Post(approve, form); refused.Status != http.StatusForbidden || w.state("R-1") != models.ProposalWaiting {
		t.Errorf("and decides with %d", refused.Status)
	}
	if p := reader.Get("/approvals/R-9"); p.Status != http.StatusNotFound {
		t.Errorf("an unknown recommendation is %d", p.Status)
	}
}
