package webtest_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
)

// What reading balances again would do is shown first, and changes nothing until
// somebody goes ahead with a reason.
func TestBalancesAreReadAgainOnlyAfterWhatWouldFollowWasShown(t *testing.T) {
	w := newPausable(t)
	it, planner := w.SignIn(models.RoleIT), w.SignIn(models.RolePlanner)
	exec(t, w.Tower, `
		WITH run AS (INSERT INTO reconcile_runs (source, state, asked_by, finished_at) VALUES ('erp', 'finished', 'test', now()) RETURNING id)
		INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version)
		SELECT run.id, 'erp', item, 'LON', 'unexplained', 7, 0, 0, 0, 3, 0 FROM run, unnest('{22423,GONE-1}'::text[]) item`)
	drift := value(t, w.Tower, `SELECT id::text FROM drifts WHERE item = '22423'`)
	exception := "/exceptions/" + raise(t, w.Tower, models.ExceptionDrift, models.TeamPlanner, "")

	see(t, it.Get("/reconciliation"), "#reconciliation a[href*='move=reread']", "Read these again")
	p := it.Get("/reconciliation?move=reread")
	for _, want := range []string{"Here stand 7 on hand (+7)", "Nothing: erp has no such position.", "7 EA"} {
		see(t, p, "#rereads", want)
	}
	see(t, p, "#reread", "1 of 2 balances would change")
	if fields := p.Find("input[name=drift]"); fields.Length() != 1 || fields.AttrOr("value", "") != drift {
		t.Errorf("%d differences would be read again, want the one that would change", fields.Length())
	}
	see(t, planner.Get(exception+"?move=reread"), "#rereads", "Here stand 7 on hand (+7)")
	if n := value(t, w.Tower, `SELECT (SELECT count(*) FROM events)::text || (SELECT count(*) FROM audit WHERE action LIKE '%reread')`); n != "00" {
		t.Errorf("a look has left %s events and audit rows", n)
	}
	for path, c := range map[string]int{"/reconciliation?move=reread": http.StatusForbidden, exception + "?move=reread": http.StatusForbidden} {
		if p := w.SignIn(models.RoleExecutive).Get(path); p.Status != c {
			t.Errorf("an executive gets %d at %s", p.Status, path)
		}
	}

	if p := pressed(it, "/reconciliation/reread", because("", "drift", drift)); p.Status == http.StatusOK {
		t.Error("read again without a reason")
	}
	if p := pressed(it, "/reconciliation/reread", because("They differ", "drift", drift)); p.Status != http.StatusOK || !strings.Contains(p.Body, "1 balance read again. What came of it: 1 ") {
		t.Errorf("read again with %d %s", p.Status, p.Text())
	}
	eventually(t, "the figure to stand here", func() bool {
		return value(t, w.Tower, `SELECT coalesce(max(on_hand), 0)::text FROM positions WHERE item = '22423'`) == "7"
	})
	if n := value(t, w.Tower, `SELECT count(*)::text FROM audit WHERE subject = 'drift:`+drift+`' AND action = 'drift.reread' AND reason = 'They differ' AND actor = 'test-it'`); n != "2" {
		t.Errorf("%s audit rows, want the intent and the outcome", n)
	}
	see(t, planner.Get(exception+"?move=reread"), "#rereads", "Nothing: both agree.")
	hidden(t, planner.Get(exception+"?move=reread"), "#reread button")

	both := because("They differ", "drift", drift)
	both.Add("drift", value(t, w.Tower, `SELECT id::text FROM drifts WHERE item = 'GONE-1'`))
	const told = "1 of 2 balances read again (1 applied); then: erp has no such position: GONE-1 in LON."
	if p := pressed(it, "/reconciliation/reread", both); p.Status != http.StatusPreconditionFailed || !strings.Contains(p.Body, told) {
		t.Errorf("with one that the ERP does not have, read again with %d %s", p.Status, p.Text())
	}
}

// A system that does not answer is asked once, is named, and hides nothing of the others.
func TestASystemThatDoesNotAnswerHidesNoDifferenceOfAnother(t *testing.T) {
	w := newPausable(t)
	exec(t, w.Tower, `
		WITH run AS (INSERT INTO reconcile_runs (source, state, asked_by, finished_at) VALUES ('replenishment', 'finished', 'test', now()) RETURNING id)
		INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version)
		SELECT run.id, source, item, 'LON', 'unexplained', 7, 0, 0, 0, 3, 0 FROM run, (VALUES ('erp', '22423'), ('replenishment', '22423'), ('replenishment', 'MUG-2')) AS d (source, item)`)
	p := w.SignIn(models.RoleIT).Get("/reconciliation?move=reread")
	for _, want := range []string{"Here stand 7 on hand (+7)", "Not asked: replenishment cannot be asked now"} {
		see(t, p, "#rereads", want)
	}
	see(t, p, "#reread", "1 of 3 balances would change")
}
