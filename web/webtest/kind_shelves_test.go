package webtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

// reopen makes an exception that raise stored an open one of no great urgency. No
// sweep closes it: it looks as if it had opened after the sweep began.
func reopen(t *testing.T, w *webtest.Tower, id string) {
	t.Helper()
	value(t, w, `UPDATE exceptions SET state = 'new', standing = true, resolved_at = NULL, priority = 'P3', opened_at = now() + interval '1 hour' WHERE id = `+id+` RETURNING id::text`)
}

func TestAKindIsShelvedFromAnExceptionAndTakenBackFromAlarmHealth(t *testing.T) {
	w := webtest.Start(t)
	id := raise(t, w, models.ExceptionConfirmationGap, models.TeamProcurement, "")
	reopen(t, w, id)
	buyer, it := w.SignIn(models.RoleProcurement), w.SignIn(models.RoleIT)
	p := buyer.Get("/exceptions/" + id)
	see(t, p, `form[action="/kind-shelves"]`, "Shelve BIZ-03 Confirmed short or late?")
	if options := p.Find(`form[action="/kind-shelves"] select[name=dc] option`); options.Length() != 2 || options.Last().Text() != "LON" {
		t.Errorf("it can be narrowed to the DCs %q", options.Text())
	}
	shelve := because("The supplier moves house.", "code", "BIZ-03", "dc", "LON", "for", "8h")
	if p := buyer.Post("/kind-shelves", because("Long.", "code", "BIZ-03", "for", "48h")); p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity {
		t.Errorf("two days are answered with %d", p.Status)
	}
	buyer.Post("/kind-shelves", shelve)
	see(t, buyer.Get("/exceptions/"+id), "#panel, main", "with its kind, for another 7 h 5")
	see(t, buyer.Get("/exceptions/procurement?view=shelved"), "main", "Something")
	number := value(t, w, `SELECT id::text FROM kind_shelves`)
	row := it.Get("/alarms").Find("#kind-shelf-" + number)
	if text := row.Text(); !strings.Contains(text, "at LON") || !strings.Contains(text, "test-procurement") || !strings.Contains(text, "The supplier moves house.") {
		t.Errorf("alarm health says %q of it", text)
	}
	if href := row.Find("a.row-link").AttrOr("href", ""); href != "/kind-shelves/"+number {
		t.Errorf("its rows are at %q", href)
	}
	see(t, it.Get("/kind-shelves/"+number), "#held-"+id, "Something")
	see(t, it.Get("/kind-shelves/"+number), "#held-"+id, "suppressed")
	it.Post("/kind-shelves/"+number+"/end", because("It has moved."))
	see(t, it.Get("/alarms"), "#kind-shelf-"+number, "taken back by test-it")
	see(t, buyer.Get("/exceptions/"+id), "main", "Returned")
	if n := value(t, w, `SELECT count(*)::text FROM audit WHERE subject = 'kind_shelf:`+number+`' AND reason <> ''`); n != "2" {
		t.Errorf("%s audit rows, want 2", n)
	}
}

// A system that sends nothing has a route, and what it refuses is an exception.
func TestAKindIsShelvedFromAPureSubscriber(t *testing.T) {
	w := webtest.Start(t)
	exec(t, w, `INSERT INTO subscriptions (name, url, secret, types) VALUES ('lake', 'http://127.0.0.1:1', 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=', '{throughline.inventory.balance.v1}')`)
	it := w.SignIn(models.RoleIT)
	if it.Get("/alarms").Find(`form[action="/kind-shelves"] select[name=source] option[value=lake]`).Length() != 1 {
		t.Error("it cannot be named")
	}
	it.Post("/kind-shelves", because("It moves.", "code", "API-04", "source", "lake", "for", "1h"))
	see(t, it.Get("/alarms"), "#kind-shelves", "lake")
}

func TestAKindIsShelvedByITAndItsOwnTeam(t *testing.T) {
	w := webtest.Start(t)
	number := ""
	for _, try := range []struct {
		role models.Role
		kind models.ExceptionCode
		may  bool
	}{
		{models.RoleExecutive, models.ExceptionConfirmationGap, false}, {models.RolePlanner, models.ExceptionConfirmationGap, false},
		{models.RoleProcurement, models.ExceptionStockout, false}, {models.RoleProcurement, models.ExceptionConfirmationGap, true},
		{models.RolePlanner, models.ExceptionStockout, true}, {models.RoleIT, models.ExceptionLateInbound, true},
	} {
		id := raise(t, w, try.kind, models.TeamProcurement, "")
		reopen(t, w, id)
		c := w.SignIn(try.role)
		if offered := c.Get("/exceptions/"+id).Find(`form[action="/kind-shelves"]`).Length() > 0; offered != try.may {
			t.Errorf("shelving of %s is offered to %s: %t", try.kind, try.role, offered)
		}
		if p := c.Post("/kind-shelves", because("It can wait.", "code", string(try.kind), "for", "1h")); (p.Status == http.StatusForbidden) == try.may {
			t.Errorf("%s shelves %s: %d", try.role, try.kind, p.Status)
		}
		value(t, w, `UPDATE exceptions SET state = 'resolved', standing = false, resolved_at = now(), dedupe_key = dedupe_key || id WHERE id = `+id+` RETURNING id::text`)
		number = value(t, w, `SELECT coalesce(max(id), 0)::text FROM kind_shelves`)
	}
	if p := w.SignIn(models.RolePlanner).Post("/kind-shelves/"+number+"/end", because("No.")); p.Status != http.StatusForbidden {
		t.Errorf("a planner takes back what is procurement's: %d", p.Status)
	}
}

func TestKindsAreShelvedOverTheAPI(t *testing.T) {
	w := webtest.Start(t)
	key := func(scope models.Scope) http.Header {
		secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "runbook", Scopes: []models.Scope{scope}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/json"}}
	}
	client, operates, reads := w.Stranger(), key(models.ScopeOperate), key(models.ScopeRead)
	do := func(method, path, body string, header http.Header) *webtest.Page {
		return client.Do(method, "/api/v1/kind-shelves"+path, strings.NewReader(body), header)
	}
	until := time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339Nano)
	body := fmt.Sprintf(`{"source":"erp","reason":"The ERP is upgraded.","until":%q}`, until)
	for what, try := range map[string]struct {
		p    *webtest.Page
		want int
	}{
		"a key that reads":    {do(http.MethodPut, "/API-01", body, reads), 403},
		"nobody":              {do(http.MethodPut, "/API-01", body, http.Header{"Content-Type": {"application/json"}}), 401},
		"a kind that is none": {do(http.MethodPut, "/API-99", body, operates), 422},
		"another site":        {do(http.MethodPut, "/API-01", body, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Content-Type": {"application/json"}}), 403},
	} {
		if try.p.Status != try.want {
			t.Errorf("%s is answered with %d %s, want %d", what, try.p.Status, try.p.Body, try.want)
		}
	}
	var put, again struct {
		ID    int64
		Actor string
		Held  int64
	}
	for _, to := range []any{&put, &again} {
		p := do(http.MethodPut, "/API-01", body, operates)
		if err := json.Unmarshal([]byte(p.Body), to); err != nil || p.Status != http.StatusOK {
			t.Fatalf("shelved with %d %s", p.Status, p.Body)
		}
	}
	if put.ID == 0 || again != put || put.Actor != "key:runbook" {
		t.Errorf("put twice it became %+v and %+v", put, again)
	}
	if p := do(http.MethodPut, "/API-01", strings.Replace(body, until, time.Now().Add(3*time.Hour).UTC().Format(time.RFC3339), 1), operates); p.Status != http.StatusConflict {
		t.Errorf("another end while it stands: %d %s", p.Status, p.Body)
	}
	if p := do(http.MethodGet, "", "", reads); p.Status != http.StatusOK || !strings.Contains(p.Body, `"stands":true`) {
		t.Errorf("listed are %d %s", p.Status, p.Body)
	}
	end := fmt.Sprintf("/%d/end", put.ID)
	if p := do(http.MethodPost, end, `{"reason":"It is up."}`, operates); p.Status != http.StatusOK || !strings.Contains(p.Body, `"ended_by":"key:runbook"`) {
		t.Errorf("ended with %d %s", p.Status, p.Body)
	}
	if p := do(http.MethodPost, end, `{"reason":"It is up."}`, operates); p.Status != http.StatusConflict {
		t.Errorf("ended twice: %d %s", p.Status, p.Body)
	}
}
