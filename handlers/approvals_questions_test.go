package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
)

func (w *world) text(sql string) (text string) {
	w.t.Helper()
	if err := w.DB.Pool.QueryRow(w.t.Context(), sql).Scan(&text); err != nil {
		w.t.Fatal(err)
	}
	return text
}

func TestWhoDecidesAsksAndAPlannerAnswers(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	buyer, planner := w.SignIn(models.RoleProcurement), w.SignIn(models.RolePlanner)
	const ask = "/approvals/R-1/questions"
	if p := submit(buyer, buyer.Get("/approvals/R-1"), ask, "reason", "  "); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("an empty question is answered with %d", p.Status)
	}
	asked := submit(buyer, buyer.Get("/approvals?open=R-1"), ask, "reason", "Is the promotion still on?")
	if asked.Status != http.StatusOK || !strings.Contains(asked.Find("#review-questions").Text(), "Is the promotion still on?") {
		t.Fatalf("asking is answered with %d: %s", asked.Status, asked.Text())
	}
	if w.state("R-1") != models.ProposalWaiting {
		t.Error("a question decides the recommendation")
	}
	if got := w.text(`SELECT actor || ' ' || action || ' ' || reason FROM audit WHERE subject = 'recommendation:R-1' ORDER BY id DESC LIMIT 1`); got != "test-procurement proposal.ask Is the promotion still on?" {
		t.Errorf("the audit says %q", got)
	}
	if row := squeezed(buyer.Get("/approvals"), "#approval-R-1"); !strings.Contains(row, "1 open question") {
		t.Errorf("the queue does not mark it: %s", row)
	}
	day := planner.Get("/my-day")
	if row := squeezed(day, "#questions"); !strings.Contains(row, "R-1") || !strings.Contains(row, "Is the promotion still on?") {
		t.Errorf("the planner's day lacks the question: %s", row)
	}
	review := planner.Get(day.Find("#questions tbody a").AttrOr("href", ""))
	answer := review.Find(`#review-questions form[action$="/answer"]`).AttrOr("action", "")
	if buyer.Get("/approvals/R-1").Find(`#review-questions form`).Length() != 0 || submit(buyer, review, answer, "reason", "Yes.").Status != http.StatusForbidden {
		t.Error("procurement is let answer")
	}
	if p := submit(planner, review, answer, "reason", "Yes, until Friday."); p.Status != http.StatusOK || !strings.Contains(p.Find("#review-questions").Text(), "Yes, until Friday.") {
		t.Fatalf("answering is answered with %d", p.Status)
	}
	if p := submit(planner, review, answer, "reason", "No."); p.Status != http.StatusConflict {
		t.Errorf("a second answer is answered with %d", p.Status)
	}
	if got := w.text(`SELECT q.question || ' ' || q.answer || ' ' || q.answered_by || ' ' || a.action FROM proposal_questions q, audit a
		WHERE a.subject = 'recommendation:R-1' ORDER BY a.id DESC LIMIT 1`); got != "Is the promotion still on? Yes, until Friday. test-planner proposal.answer" {
		t.Errorf("stored is %q", got)
	}
	if planner.Get("/my-day").Find("#questions").Length() != 0 || strings.Contains(squeezed(buyer.Get("/approvals"), "#approval-R-1"), "question") {
		t.Error("an answered question is still called open")
	}
	submit(buyer, buyer.Get("/approvals/R-1"), approve)
	if p := submit(buyer, review, ask, "reason", "And now?"); p.Status != http.StatusConflict {
		t.Errorf("asking about what is decided is answered with %d", p.Status)
	}
}
