package webtest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/web/webtest"
)

func TestTheStepsOfARunbookAreTicked(t *testing.T) {
	w := integrationDesk(t)
	it, page := w.SignIn(models.RoleIT), ""
	eventually(t, "the sweep to raise the waiting events", func() bool {
		page = "/exceptions/" + value(t, w, `SELECT coalesce(max(id), 0)::text FROM exceptions WHERE code = 'TRF-03' AND also_team = 'planner' AND state <> 'resolved'`)
		return it.Get(page).Find("#runbook .steps li").Length() > 1
	})
	first := page + "/steps/1"
	if p := w.SignIn(models.RoleExecutive).Post(first, url.Values{"done": {"yes"}}); p.Status != http.StatusForbidden {
		t.Errorf("a reader ticks a step: %d", p.Status)
	}
	if p := it.Post(page+"/steps/99", url.Values{"done": {"yes"}}); p.Status != http.StatusNotFound {
		t.Errorf("a step that is not there is answered with %d", p.Status)
	}
	for range 2 { // a second click while the first is on its way changes nothing
		it.Post(first, url.Values{"done": {"yes"}})
	}
	p := it.Get(page)
	if head := p.Find("#runbook h3").First().Text(); !strings.HasPrefix(head, "What to do: 1 of ") {
		t.Errorf("the page says %q", head)
	}
	if step := p.Find("#runbook .steps li").First(); step.Find("[aria-pressed=true]").Length() != 1 || !strings.Contains(step.Text(), "it") {
		t.Errorf("the step does not say who did it: %q", step.Text())
	}
	if got := value(t, w, `SELECT string_agg(action, ' ') FROM audit WHERE action LIKE 'exception.step%'`); got != "exception.step_done" {
		t.Errorf("the audit has %q, want one step done", got)
	}
	it.Post(first, url.Values{"done": {"no"}})
	if it.Get(page).Find("#runbook [aria-pressed=true]").Length() != 0 {
		t.Error("the tick does not come off")
	}
}

func TestAStepSaysHowLongItUsuallyTakes(t *testing.T) {
	w := webtest.Start(t)
	it := w.SignIn(models.RoleIT)
	first := func() *goquery.Selection {
		id := raise(t, w, models.ExceptionDrift, models.TeamIT, "")
		return it.Get("/exceptions/" + id).Find("#runbook .steps li").First()
	}
	step := strings.TrimSpace(first().Children().Last().Text())
	ticked := func(minutes int) {
		id := raise(t, w, models.ExceptionDrift, models.TeamIT, "")
		if _, err := w.DB.Pool.Exec(t.Context(), `
			INSERT INTO runbook_ticks (exception_id, step, actor, ticked_at) SELECT id, $2, 'it', opened_at + make_interval(mins => $3) FROM exceptions WHERE id = $1::bigint`, id, step, minutes); err != nil {
			t.Fatal(err)
		}
	}
	for _, minutes := range []int{2, 30, 4, 3} {
		ticked(minutes)
	}
	if text := first().Text(); strings.Contains(text, "median") {
		t.Errorf("four times tell something: %q", text)
	}
	ticked(9)
	if text := first().Text(); !strings.Contains(text, "median 4 min, of 5 times it was done") {
		t.Errorf("the step says %q", text)
	}
}
