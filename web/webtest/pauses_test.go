package webtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

func TestASourceIsPausedAndResumed(t *testing.T) {
	w := webtest.Start(t)
	secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "wms", Scopes: []models.Scope{models.ScopeSend}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	send := func() *webtest.Page {
		event := strings.NewReplacer("%NAME", "Bristol", "%V", "1", "%TIME", time.Now().UTC().Format(time.RFC3339)).Replace(locationEvent)
		return w.Stranger().Do(http.MethodPost, "/api/v1/events", strings.NewReader(event),
			http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/cloudevents+json"}})
	}
	it := w.SignIn(models.RoleIT)
	see(t, it.Get("/pauses"), "#pause-source-wms", "flows")
	if p := it.Post("/pauses/source/wms/pause", because("Its clock is wrong", "for", "a while")); p.Status == http.StatusOK {
		t.Error("a pause of a while was accepted")
	}
	if p := it.Post("/pauses/source/nobody/pause", because("It is not there.", "for", "1h")); p.Status != http.StatusNotFound {
		t.Errorf("a pause of nobody: %d", p.Status)
	}
	it.Post("/pauses/source/wms/pause", because("Its clock is wrong", "for", "2h"))
	var refused *webtest.Page
	eventually(t, "the source to be asked to come later", func() bool {
		refused = send()
		return refused.Status == http.StatusServiceUnavailable
	})
	if !strings.Contains(refused.Body, "Its clock is wrong.") || refused.Header.Get("Retry-After") == "" {
		t.Errorf("a paused source is answered %s with Retry-After %q", refused.Body, refused.Header.Get("Retry-After"))
	}
	see(t, it.Get("/flow"), ".notice", "wms, since")
	see(t, w.SignIn(models.RolePlanner).Get("/overview"), ".notice", "wms, since")
	see(t, it.Get("/pauses"), "#pause-source-wms", "paused")
	if p := w.SignIn(models.RolePlanner).Post("/pauses/source/wms/resume", because("Please.")); p.Status != http.StatusForbidden {
		t.Errorf("a planner resumes a source: %d", p.Status)
	}
	it.Post("/pauses/source/wms/resume", because("The clock was set."))
	eventually(t, "the source's events to be taken in", func() bool { return send().Status == http.StatusAccepted })
}

// A paused flow keeps its own events out and lets the others of a batch in; the
// same events are taken when it is resumed.
func TestAFlowIsPausedWhileTheOthersOfItsSourceAreTaken(t *testing.T) {
	w := webtest.Start(t)
	secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "wms", Scopes: []models.Scope{models.ScopeSend}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	value(t, w, `INSERT INTO owners (entity, record, source) VALUES ('supplier', '', 'wms') ON CONFLICT (entity, record) DO UPDATE SET source = 'wms' RETURNING source`)
	post := func(media, body string) *webtest.Page {
		return w.Stranger().Do(http.MethodPost, "/api/v1/events", strings.NewReader(body),
			http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {media}})
	}
	at := time.Now().UTC().Format(time.RFC3339)
	location := strings.NewReplacer("%NAME", "Bristol", "%V", "1", "%TIME", at).Replace(locationEvent)
	supplier := `{"specversion":"1.0","id":"sup-1","source":"wms","type":"throughline.supplier.changed.v1","time":"` + at +
		`","data":{"supplier":"S9","name":"Acme","lead_time_days":"5","cut_off":"16:00","currency":"GBP","version":1}}`
	it := w.SignIn(models.RoleIT)
	see(t, it.Get("/pauses"), "#pause-flow-wms-supplier", "flows")
	if p := it.Post("/pauses/flow/wms:nothing/pause", because("So.", "for", "1h")); p.Status != http.StatusNotFound {
		t.Errorf("a pause of a flow that is not there: %d", p.Status)
	}
	it.Post("/pauses/flow/wms:supplier/pause", because("Its terms are wrong", "for", "2h"))
	see(t, it.Get("/pauses"), "#pause-flow-wms-supplier", "paused")
	see(t, it.Get("/flow"), ".notice", "wms × supplier, since")
	var refused *webtest.Page
	eventually(t, "the flow to be paused", func() bool {
		refused = post("application/cloudevents+json", strings.ReplaceAll(supplier, "sup-1", "sup-0"))
		return refused.Status == http.StatusServiceUnavailable
	})
	for _, want := range []string{`"status":"paused"`, "Its terms are wrong.", "until 20", `"retry_after":60`} {
		if !strings.Contains(refused.Body, want) {
			t.Errorf("a paused event is answered %s without %s", refused.Body, want)
		}
	}
	if refused.Header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", refused.Header.Get("Retry-After"))
	}
	both := post("application/cloudevents-batch+json", "["+supplier+","+location+"]")
	if both.Status != http.StatusAccepted || !strings.Contains(both.Body, `"accepted":1`) || !strings.Contains(both.Body, `"paused":1`) || both.Header.Get("Retry-After") != "60" {
		t.Errorf("a batch with a paused event is answered %d %s, Retry-After %q", both.Status, both.Body, both.Header.Get("Retry-After"))
	}
	if n := value(t, w, `SELECT (SELECT count(*) FROM events WHERE event_id = 'sup-1')::text || (SELECT count(*) FROM rejected_samples)`); n != "00" {
		t.Errorf("of what is paused %s are stored and told as refused", n)
	}
	it.Post("/pauses/flow/wms:supplier/resume", because("They are right now."))
	eventually(t, "the same event to be taken", func() bool {
		p := post("application/cloudevents+json", supplier)
		return p.Status == http.StatusAccepted && strings.Contains(p.Body, `"accepted":1`)
	})
	if n := value(t, w, `SELECT count(*)::text FROM audit WHERE subject = 'flow:wms:supplier' AND action IN ('flow.pause', 'flow.resume')`); n != "2" {
		t.Errorf("%s audit rows", n)
	}
}

// The page plans, every reader waits for the start, and the running tower begins
// without being told.
func TestAPauseIsPlannedAndBeginsByItself(t *testing.T) {
	w := webtest.Start(t)
	secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "wms", Scopes: []models.Scope{models.ScopeSend}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	status := func() int {
		return w.Stranger().Do(http.MethodPost, "/api/v1/events", strings.NewReader("[]"),
			http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/cloudevents-batch+json"}}).Status
	}
	it, planner := w.SignIn(models.RoleIT), w.SignIn(models.RolePlanner)
	from := time.Now().UTC().Add(3*time.Hour + 30*time.Minute).Format("2006-01-02 15:04")
	if p := it.Post("/pauses/source/wms/plan", because("An upgrade", "from", "tonight", "for", "2h")); p.Status == http.StatusOK || p.Status == http.StatusSeeOther {
		t.Errorf("a plan for tonight is answered with %d", p.Status)
	}
	if p := planner.Post("/pauses/source/wms/plan", because("An upgrade", "from", from, "for", "2h")); p.Status != http.StatusForbidden {
		t.Errorf("a planner plans a pause: %d", p.Status)
	}
	it.Post("/pauses/source/wms/plan", because("An upgrade", "from", from, "for", "2h"))
	id := value(t, w, `SELECT id::text FROM pauses`)
	see(t, it.Get("/pauses"), "#planned-"+id, "in 3 h")
	see(t, it.Get("/pauses"), "#pause-source-wms", "flows")
	see(t, planner.Get("/overview"), ".notice", "wms, starts in 3 h")
	see(t, it.Get("/flow"), ".notice", "lasts 2 h, by test-it: An upgrade")
	see(t, it.Get("/connectors"), "#source-wms", "in 3 h")
	see(t, it.Get("/connectors"), "#source-wms", ", for 2 h")
	if got := status(); got == http.StatusServiceUnavailable {
		t.Error("it is paused before its time")
	}
	value(t, w, `UPDATE pauses SET since = now() + interval '100 milliseconds' WHERE id = `+id+` RETURNING id::text`)
	eventually(t, "the pause to begin by itself", func() bool { return status() == http.StatusServiceUnavailable })
	see(t, it.Get("/connectors"), "#source-wms", "paused")
	see(t, it.Get("/pauses"), "#pause-source-wms", "paused")
	if p := it.Post("/pauses/planned/"+id+"/cancel", because("Too late.")); it.Get("/pauses").Find("#pause-source-wms").Text() == "" || p.Status >= http.StatusInternalServerError {
		t.Errorf("cancelled after it began: %d", p.Status)
	}
	it.Post("/pauses/source/wms/resume", because("It was quick."))
	eventually(t, "the pause to end", func() bool { return status() != http.StatusServiceUnavailable })
}

func TestPausesArePlannedOverTheAPI(t *testing.T) {
	w := webtest.Start(t)
	key := func(scope models.Scope) http.Header {
		secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "erp", Scopes: []models.Scope{scope}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/json"}}
	}
	client, operates, reads, sends := w.Stranger(), key(models.ScopeOperate), key(models.ScopeRead), key(models.ScopeSend)
	do := func(method, path, body string, header http.Header) *webtest.Page {
		return client.Do(method, "/api/v1/pauses"+path, strings.NewReader(body), header)
	}
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	plan := `{"reason":"An upgrade.","since":"` + at(2*time.Hour) + `","until":"` + at(4*time.Hour) + `"}`
	for _, try := range []struct {
		method, path, body string
		header             http.Header
		status             int
		says               string
	}{
		{http.MethodPut, "/target/erp", plan, reads, http.StatusForbidden, "scope operate"},
		{http.MethodPut, "/target/sap", plan, operates, http.StatusNotFound, "to pause"},
		{http.MethodPut, "/target/erp", plan, operates, http.StatusOK, `"state":"planned"`},
		{http.MethodPut, "/target/erp", plan, operates, http.StatusOK, `"state":"planned"`},
		{http.MethodPut, "/target/erp", strings.Replace(plan, `"until":"`, `"until":"2`, 1), operates, http.StatusUnprocessableEntity, ""},
		{http.MethodPut, "/source/erp", `{"reason":"It floods us."}`, operates, http.StatusOK, `"state":"paused"`},
		{http.MethodPut, "/source/erp", `{"reason":"It floods us."}`, operates, http.StatusConflict, "paused already"},
		{http.MethodGet, "", "", reads, http.StatusOK, `"until":null`},
		{http.MethodGet, "", "", operates, http.StatusOK, `"until":null`},
		{http.MethodGet, "", "", sends, http.StatusForbidden, "scope read"},
		{http.MethodPost, "/source/erp/resume", `{"reason":"It is calm."}`, operates, http.StatusOK, `"state":"planned"`},
	} {
		if p := do(try.method, try.path, try.body, try.header); p.Status != try.status || !strings.Contains(p.Body, try.says) {
			t.Errorf("%s %s %s is answered with %d %s, want %d", try.method, try.path, try.body, p.Status, p.Body, try.status)
		}
	}
	if n := value(t, w, `SELECT count(*)::text FROM pauses WHERE kind = 'target'`); n != "1" {
		t.Errorf("the same plan twice is %s rows", n)
	}
	id := value(t, w, `SELECT id::text FROM pauses WHERE kind = 'target'`)
	if p := do(http.MethodPost, "/planned/"+id+"/cancel", `{"reason":"It is put off."}`, operates); p.Status != http.StatusOK || p.Body != `{"pauses":[]}`+"\n" {
		t.Errorf("cancelled with %d %s", p.Status, p.Body)
	}
	if n := value(t, w, `SELECT count(*)::text FROM audit WHERE actor = 'key:erp' AND action LIKE 'flow.%' AND reason <> ''`); n != "4" {
		t.Errorf("%s audit rows, want one a change", n)
	}
}
