package webtest_test

import (
	"net/http"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// raise stores an exception whose condition nobody watches over: resolved
// already, so that no sweep closes it.
func raise(t *testing.T, w *webtest.Tower, code models.ExceptionCode, team, alsoTeam models.Team) string {
	t.Helper()
	var id string
	err := w.DB.Pool.QueryRow(t.Context(), `
		INSERT INTO exceptions (code, team, also_team, stage, dedupe_key, title, happened, state, standing, priority, consequence, why, source, item, dc,
			document, recommendation, opened_at, last_seen_at, ack_due_at, resolve_due_at, resolved_at)
		VALUES ($1::text, $2, $3, 'business', $1::text || '|test', 'Something', 'Something happened.', 'resolved', false, 'P2', 'C2', 'because', 'erp', '22423', 'LON',
			'PO-1', 'R-1', now(), now(), now(), now(), now()) RETURNING id::text`, code, team, alsoTeam).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAMoveAsksForItsOwnPermission(t *testing.T) {
	w := webtest.Start(t)
	planner, buyer, it := w.SignIn(models.RolePlanner), w.SignIn(models.RoleProcurement), w.SignIn(models.RoleIT)
	operators, approvers := []*webtest.Client{it}, []*webtest.Client{planner, buyer}
	everybody := []*webtest.Client{planner, buyer, it}
	for _, try := range []struct {
		code    models.ExceptionCode
		move    string
		allowed []*webtest.Client
	}{
		{models.ExceptionPoison, "retry", operators}, {models.ExceptionBooksOff, "audit", operators}, {models.ExceptionTowerUnwell, "look", operators},
		{models.ExceptionDrift, "reread", []*webtest.Client{planner, it}}, {models.ExceptionSourceSilent, "reconcile", operators},
		{models.ExceptionStaleBasis, "recompute", approvers}, {models.ExceptionConfirmationGap, "accept", approvers},
		{models.ExceptionUnconfirmed, "chase", approvers}, {models.ExceptionStockout, "evaluate", approvers},
		{models.ExceptionNotOrdered, "resubmit", everybody},
	} {
		path := "/exceptions/" + raise(t, w, try.code, models.TeamIT, models.TeamPlanner) + "/moves/" + try.move
		for _, client := range everybody {
			may := false
			for _, one := range try.allowed {
				may = may || one == client
			}
			if p := client.Post(path, nil); (p.Status != http.StatusForbidden) != may {
				t.Errorf("%s is answered with %d, allowed: %t", path, p.Status, may)
			}
		}
		if p := w.SignIn(models.RoleExecutive).Post(path, nil); p.Status != http.StatusForbidden {
			t.Errorf("an executive makes the move %s: %d", path, p.Status)
		}
	}
}

func TestAnExceptionIsWorkedOnByThoseInWhoseQueueItIs(t *testing.T) {
	w := webtest.Start(t)
	id := raise(t, w, models.ExceptionDuplicateOrder, models.TeamProcurement, models.TeamIT)
	work := "/exceptions/" + id + "/acknowledge"
	for role, may := range map[models.Role]bool{
		models.RolePlanner: false, models.RoleExecutive: false, models.RoleProcurement: true, models.RoleIT: true,
	} {
		p := w.SignIn(role).Post(work, because("", "version", "1"))
		if (p.Status != http.StatusForbidden) != may {
			t.Errorf("%s gets %d, allowed: %t", role, p.Status, may)
		}
	}
}

func TestOnlyWhatIsAllowedIsOffered(t *testing.T) {
	w := integrationDesk(t)
	it, page, retry := w.SignIn(models.RoleIT), "", ""
	eventually(t, "the sweep to raise the waiting events", func() bool {
		page = "/exceptions/" + value(t, w, `SELECT coalesce(max(id), 0)::text FROM exceptions WHERE code = 'TRF-03' AND also_team = 'planner' AND state <> 'resolved'`)
		retry = "form[action='" + page + "/moves/retry']"
		return it.Get(page).Find(retry).Length() == 1
	})
	acknowledge := "form[action='" + page + "/acknowledge']"
	planner, executive := w.SignIn(models.RolePlanner).Get(page), w.SignIn(models.RoleExecutive).Get(page)
	hidden(t, planner, retry)
	if planner.Find(acknowledge).Length() != 1 {
		t.Error("the planner, in whose queue it is, cannot acknowledge it")
	}
	hidden(t, executive, retry)
	hidden(t, executive, acknowledge)
}

func TestWhatOtherSystemsAreAskedForIsAudited(t *testing.T) {
	w := webtest.Start(t) // on its own: what it asks for fails, and that is told as well
	buyer, planner, it := w.SignIn(models.RoleProcurement), w.SignIn(models.RolePlanner), w.SignIn(models.RoleIT)
	for _, try := range []struct {
		code models.ExceptionCode
		move string
		by   *webtest.Client
		name string
	}{
		{models.ExceptionConfirmationGap, "accept", buyer, "test-procurement"}, {models.ExceptionUnconfirmed, "chase", buyer, "test-procurement"},
		{models.ExceptionStockout, "evaluate", planner, "test-planner"}, {models.ExceptionDrift, "reread", it, "test-it"},
	} {
		id := raise(t, w, try.code, models.TeamPlanner, "")
		try.by.Post("/exceptions/"+id+"/moves/"+try.move, because("Something else"))
		told(t, w, "exception:"+id, try.name+" exception."+try.move+" Something else")
	}
	silent := raise(t, w, models.ExceptionDrift, models.TeamIT, "")
	if p := it.Post("/exceptions/"+silent+"/moves/reread", nil); p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity {
		t.Errorf("stock is mended without a reason: %d", p.Status)
	}
	planner.Post("/influence/evaluate", because("", "item", "22423", "dc", "LON"))
	told(t, w, "item:22423@LON", "test-planner replenishment.evaluate ")
}

// told checks that the trail holds an intent and the outcome that followed.
func told(t *testing.T, w *webtest.Tower, subject, who string) {
	t.Helper()
	got := value(t, w, `SELECT coalesce(string_agg(actor || ' ' || action || ' ' || reason || ': ' || (after->>'outcome'), ', ' ORDER BY id), '')
		FROM audit WHERE subject = '`+subject+`'`)
	if want := who + ": asked, " + who + ": failed"; got != want {
		t.Errorf("the trail of %s holds %q, want %q", subject, got, want)
	}
}
