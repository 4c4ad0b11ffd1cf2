package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestAReviewMarksANeedThatHasPassedAndAsksNoMinimumOfATransfer(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240) // above what the policy approves alone
	buyer := w.SignIn(models.RoleProcurement)
	p := buyer.Get("/approvals/R-1")
	text := squeezed(p, "main")
	for _, want := range []string{"at least 24", "Cover without it", "Cover with it"} {
		if !strings.Contains(text, want) {
			t.Errorf("the review lacks %q: %s", want, text)
		}
	}
	if strings.Contains(text, "Lasts with") || strings.Contains(text, "passed business day") {
		t.Errorf("the review says %s", text)
	}
	w.exec(`UPDATE recommendations SET kind = 'transfer', supplier = '', from_dc = 'YRK', need_by = $1::timestamptz::date - 2`, w.now)
	p = buyer.Get("/approvals/R-1")
	if text = squeezed(p, "main"); strings.Contains(text, "at least 24") || !strings.Contains(text, ", passed") {
		t.Errorf("a transfer that was needed two days ago says %s", text)
	}
	if row := buyer.Get("/approvals").Find("#approval-R-1"); !strings.Contains(row.Text(), ", passed") || strings.Contains(row.Text(), "at least") {
		t.Errorf("the queue says %q", strings.Join(strings.Fields(row.Text()), " "))
	}
}

func TestARuleShowsItsFiguresInPlacesThatAPersonCompares(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	w.exec(`UPDATE policy_results SET inputs = inputs || '{"daily_demand": "3.98412637519"}' WHERE recommendation = 'R-1' AND rule = 'max_cover'`)
	if text := squeezed(w.SignIn(models.RoleProcurement).Get("/approvals/R-1"), "main"); !strings.Contains(text, "daily demand 3.98 ") {
		t.Errorf("the review says %s", text)
	}
}
