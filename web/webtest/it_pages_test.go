package webtest_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/webtest"
)

// integrationDesk is a tower on a bad morning: what waits and failed is told
// at the head of the file.
func integrationDesk(t testing.TB) *webtest.Tower {
	t.Helper()
	w := webtest.Start(t)
	sql, err := os.ReadFile("../../models/store/testdata/integration_desk.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.DB.Pool.Exec(t.Context(), string(sql)); err != nil {
		t.Fatal(err)
	}
	return w
}

func see(t *testing.T, p *webtest.Page, selector, text string) {
	t.Helper()
	if found := p.Find(selector).Text(); p.Status != http.StatusOK || !strings.Contains(found, text) {
		t.Errorf("%d: %s says %q, want %q in it", p.Status, selector, strings.Join(strings.Fields(found), " "), text)
	}
}

func hidden(t *testing.T, p *webtest.Page, selector string) {
	t.Helper()
	if p.Status != http.StatusOK || p.Find(selector).Length() != 0 {
		t.Errorf("%d: %s is on the page %d times, want a page without it", p.Status, selector, p.Find(selector).Length())
	}
}

func value(t *testing.T, w *webtest.Tower, sql string) (v string) {
	t.Helper()
	if err := w.DB.Pool.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// eventually polls until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func because(reason string, pairs ...string) url.Values {
	form := url.Values{"reason": {reason}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// pressed sends a form as a button does where the script runs.
func pressed(c *webtest.Client, path string, form url.Values) *webtest.Page {
	return c.Do(http.MethodPost, path, strings.NewReader(form.Encode()), http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "Hx-Request": {"true"}, "Sec-Fetch-Site": {"same-origin"},
	})
}

func TestTheFlowMapLeadsToWhatFails(t *testing.T) {
	w := integrationDesk(t)
	p := w.SignIn(models.RoleIT).Get("/flow")
	see(t, p, "#hop-source-erp", "erp → log")
	see(t, p, "#hop-route-forecasting", "state → forecasting")
	see(t, p, "#flow-erp-erp", "on the way")
	see(t, p, "#stage-workflow", "2")
	cut := w.SignIn(models.RoleIT).Get("/flow?dc=ROT")
	see(t, cut, "#hop-source-erp", "ROT")
	see(t, cut, "#hop-workflow-", "ROT")
	see(t, cut, "#hop-route-forecasting", "ROT")
	if covers := cut.Find("#hop-route-forecasting").Text(); strings.Contains(covers, "waits") {
		t.Errorf("what waits for a route is not of the cut: %s", covers)
	}
	if href, _ := p.Find("#stage-workflow a.row-link").Attr("href"); href != "/exceptions/it?stage=workflow&view=all" {
		t.Errorf("the workflow's failures lead to %q", href)
	}
	if href, _ := cut.Find("#stage-workflow a.row-link").Attr("href"); href != "/exceptions/it?dc=ROT&stage=workflow&view=all" {
		t.Errorf("the workflow's failures at ROT lead to %q", href)
	}
	it := w.SignIn(models.RoleIT)
	eventually(t, "one row in the queue of the stage", func() bool { // a sweep that began before the desk was laid may close it once
		return it.Get("/exceptions/it?stage=workflow&view=all").Find("#queue tbody tr").Length() == 1
	})
	if p := w.SignIn(models.RolePlanner).Get("/flow"); p.Status != http.StatusForbidden {
		t.Errorf("a planner gets %d, want it refused", p.Status)
	}
}

func TestAFailedEventShowsItsWayAndItsPayloadToThoseWhoMay(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT).Get("/events/13")
	see(t, it, "h1", "Stock of 22423 at LON: parked")
	see(t, it, ".notice-error", "Version 12 was applied before")
	see(t, it, ".fall-failed", "Check id, owner and references")
	see(t, it, ".payloads", `"on_hand_delta": -13`)
	see(t, it, ".payloads", "As understood")
	see(t, it, "body", "first pass, real time · the event was set aside")
	see(t, it, "#failure", "4 other events")
	if it.Find("form[action='/events/13/retry'] textarea[name=reason]").Length() != 1 {
		t.Error("a retry does not ask for its reason")
	}
	buyer := w.SignIn(models.RoleProcurement).Get("/events/13")
	see(t, buyer, ".notice-error", "Version 12 was applied before")
	hidden(t, buyer, ".payload")
	hidden(t, buyer, "form[action^='/events/']")
	if p := w.SignIn(models.RoleIT).Get("/nowhere"); !strings.Contains(p.Text(), "The address may be wrong") {
		t.Errorf("an address that is not there is answered %q", p.Text())
	}
	if p := w.SignIn(models.RoleIT).Get("/exceptions/it?dc=%00"); p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity {
		t.Errorf("an address that is no text is answered %d", p.Status)
	}
	if p := w.SignIn(models.RoleIT).Get("/events/999999"); p.Status != http.StatusNotFound {
		t.Errorf("an event that never was answers %d", p.Status)
	}
}

func TestDiscardingAnEventNeedsAReasonAndARole(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	if p := it.Post("/events/16/discard", because("")); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", p.Status)
	}
	if p := w.SignIn(models.RolePlanner).Post("/events/16/discard", because("I say so.")); p.Status != http.StatusForbidden {
		t.Errorf("a planner discards: %d", p.Status)
	}
	if state := value(t, w, `SELECT state FROM unsettled_events WHERE seq = 16`); state != "parked" {
		t.Fatalf("the event is %s before anybody may discard it", state)
	}
	it.Post("/events/16/discard", because("Sent by a test."))
	if got := value(t, w, `SELECT outcome || ' by ' || actor || ': ' || reason FROM settled_events WHERE seq = 16`); got != "discarded by test-it: Sent by a test." {
		t.Errorf("the event is %s", got)
	}
	see(t, it.Get("/events/16"), ".notice-partial", "Discarded by test-it: Sent by a test.")
}

func TestAGroupIsDiscardedAsFarAsItWasSeen(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	const group = "00000000-0000-0000-0000-000000000007"
	p := it.Get("/parked?open=" + group)
	see(t, p, "#groups", "Version 12 was applied before")
	see(t, p, "#discard-group", "Discard 5")
	form := p.Find("#discard-group form")
	action, _ := form.Attr("action")
	upTo, _ := form.Find("input[name=up_to]").Attr("value")
	if action != "/parked/"+group+"/discard" || upTo != "16" {
		t.Fatalf("the form posts up to %q to %q", upTo, action)
	}
	it.Post(action, because("A second warehouse counted.", "state", "parked", "up_to", "14"))
	if left := value(t, w, `SELECT string_agg(seq::text, ' ' ORDER BY seq) FROM unsettled_events WHERE fingerprint = '`+group+`'`); left != "15 16" {
		t.Errorf("%s are left, want those that were not in the question", left)
	}
	if rows := value(t, w, `SELECT count(*)::text FROM audit WHERE action = 'event.discard' AND actor = 'test-it'`); rows != "3" {
		t.Errorf("%s audit rows for three events", rows)
	}
	again := pressed(it, action, because("Again.", "state", "parked", "up_to", "14"))
	if again.Status != http.StatusConflict || again.Find(".toast-error").Length() != 1 {
		t.Errorf("what is gone is discarded again: %d %s", again.Status, again.Body)
	}
}

func TestARefusedOrderCanBeSentAgainOrGivenUp(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	path := "/writes/" + value(t, w, `SELECT id::text FROM erp_writes WHERE recommendation = 'REC-2'`)
	p := it.Get(path)
	see(t, p, ".notice-error", "supplier S1 is blocked")
	see(t, p, "details.answer[open]", "Attempt 3: send, refused, permanent")
	see(t, p, "details.answer[open] pre:first-of-type", `"reference": "TL-REC-2"`)
	see(t, p, "details.answer[open] pre:last-of-type", "supplier_blocked")
	see(t, p, "#answer-2", "lookup, absent")
	see(t, p, ".payloads", "Our order")
	see(t, p, "main", "Approved by")
	hidden(t, p, "#same-cause tbody tr a[href='"+path+"']")
	if _, err := w.DB.Pool.Exec(t.Context(), `UPDATE erp_writes SET state = 'failed', error = (SELECT error FROM erp_writes WHERE recommendation = 'REC-2') WHERE recommendation = 'REC-3'`); err != nil {
		t.Fatal(err)
	}
	see(t, it.Get(path), "#same-cause", "REC-3")
	if _, err := w.DB.Pool.Exec(t.Context(), `UPDATE erp_writes SET state = 'unknown' WHERE recommendation = 'REC-3'`); err != nil {
		t.Fatal(err)
	}
	hidden(t, w.SignIn(models.RoleProcurement).Get(path), ".payload")
	it.Post(path+"/discard", because("The buyer orders it elsewhere."))
	if state := value(t, w, `SELECT w.state || ' ' || p.state FROM erp_writes w JOIN proposals p USING (recommendation) WHERE recommendation = 'REC-2'`); state != "discarded rejected" {
		t.Errorf("the order is %s", state)
	}
	unknown := "/writes/" + value(t, w, `SELECT id::text FROM erp_writes WHERE recommendation = 'REC-3'`)
	it.Post(unknown+"/discard", because("Never mind."))
	if state := value(t, w, `SELECT state FROM erp_writes WHERE recommendation = 'REC-3'`); state == "discarded" {
		t.Error("an order that the ERP may have was given up")
	}
}

func TestARouteIsPausedAndResumed(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	see(t, it.Get("/routes/replenishment"), "#pause-route", "Pause the route")
	it.Post("/routes/replenishment/pause", because("Its maintenance."))
	see(t, it.Get("/routes"), "#route-replenishment", "paused")
	see(t, it.Get("/routes/replenishment"), "#resume-route", "Resume")
	it.Post("/routes/replenishment/resume", because("It is done."))
	if state := value(t, w, `SELECT state FROM subscriptions WHERE name = 'replenishment'`); state != "active" {
		t.Errorf("the route is %s", state)
	}
	failed := it.Get("/routes/forecasting?show=failed")
	href, _ := failed.Find("#deliveries a.row-link").Last().Attr("href")
	p := it.Get(href)
	see(t, p, ".fall-failed", "Attempt 1")
	see(t, p, "#contents", "bal-1")
	see(t, p, "details.answer[open]", "HTTP 503")
	see(t, p, ".payloads", `"on_hand": "1.5"`)
	hidden(t, w.SignIn(models.RoleProcurement).Get(href), ".payload")
}

func TestARouteIsRewound(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	value(t, w, `WITH took AS (
			INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at)
			SELECT e.shard, 'batch', e.seq, e.seq, 1, e.received_at, e.received_at, now(), 0, 0, 0, now()
			FROM events e JOIN subscriptions s ON e.type = ANY (s.types) WHERE s.name = 'forecasting' ORDER BY e.seq LIMIT 1 RETURNING shard, pos)
		UPDATE consumer_cursors c SET pos = took.pos FROM took WHERE c.shard = took.shard AND consumer = 'route:forecasting' RETURNING consumer`)
	p := it.Get("/routes/forecasting/rewind?since=24h0m0s")
	see(t, p, "#rewind", "Comes again")
	see(t, p, "#rewind-route", "Deliver again to forecasting?")
	before := value(t, w, `SELECT coalesce(sum(pos), 0)::text FROM consumer_cursors WHERE consumer = 'route:forecasting'`)
	form := because("It lost its day.")
	form.Set("since", "24h")
	it.Post("/routes/forecasting/rewind", form)
	if after := value(t, w, `SELECT coalesce(sum(pos), 0)::text FROM consumer_cursors WHERE consumer = 'route:forecasting'`); after == before {
		t.Errorf("the cursors stand where they stood: %s", after)
	}
	first := value(t, w, `SELECT e.seq::text FROM events e JOIN subscriptions s ON e.type = ANY (s.types) WHERE s.name = 'forecasting' ORDER BY e.seq LIMIT 1`)
	value(t, w, `UPDATE consumer_cursors c SET pos = ch.pos FROM changes ch WHERE c.shard = ch.shard AND consumer = 'route:forecasting' AND ch.to_seq = `+first+` RETURNING c.consumer`)
	p = it.Get("/routes/forecasting/rewind?event=" + first)
	see(t, p, "#rewind", "event "+first)
	see(t, p, "#rewind-route", "superseded by newer ones")
	it.Post("/routes/forecasting/rewind", because("It lost this one.", "event", first))
	if n := value(t, w, `SELECT count(*)::text FROM audit WHERE action = 'route.rewind' AND after ->> 'from_seq' = '`+first+`'`); n != "1" {
		t.Errorf("%s audit rows tell of the position", n)
	}
	if refused := it.Get("/routes/forecasting/rewind?event=999999"); refused.Status != http.StatusNotFound {
		t.Errorf("back to an event that is not there: %d", refused.Status)
	}
	if refused := it.Get("/routes/forecasting/rewind?since=yesterday"); !strings.Contains(refused.Text(), "Say how far back") {
		t.Errorf("a time that cannot be read is answered %.200s", refused.Text())
	}
}

func TestWhatIntakeRefusedIsExplained(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	p := it.Get("/rejected?source=erp&open=" + value(t, w, `SELECT id::text FROM rejected_samples WHERE event_id = 'bal-900'`))
	see(t, p, "#rejected-counts", "7")
	see(t, p, "#panel", "must be a decimal number")
	see(t, p, "#samples", "/on_hand must be a decimal number")
	see(t, p, "#panel dt", "/unit")
	see(t, p, "#panel .payload", `"on_hand": "many"`)
	exec(t, w, `UPDATE rejected_samples SET event_id = '' WHERE event_id = 'bal-900'`)
	see(t, it.Get("/rejected?source=erp"), "#samples a", "without id")
}

func TestTheBooksAreCountedAgain(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	see(t, it.Get("/books"), "#books-erp", "164,402")
	exec(t, w, `INSERT INTO settings VALUES ('recounted_at', (now() - interval '4 minutes')::text) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
	exec(t, w, `DELETE FROM recount_differences`)
	see(t, it.Get("/books"), "#recount", "Counted by itself 4 min ago")
	see(t, it.Get("/books"), "#recount", "agreed with the books")
	exec(t, w, `INSERT INTO recount_differences (source, difference) VALUES ('erp', 'The books say one thing, a recount another.')`)
	see(t, it.Get("/books"), "#recount .notice-error", "a recount another")
	if way := it.Get("/books").Find("#recount .notice-error a").AttrOr("href", ""); way != "/exceptions?code=PLT-06&view=every" || it.Get(way).Status != http.StatusSeeOther {
		t.Errorf("from false books the way leads to %q", way)
	}
	exec(t, w, `DELETE FROM recount_differences`)
	see(t, it.Post("/books/audit", nil), "#books-recount", "erp")
	if p := w.SignIn(models.RoleExecutive).Post("/books/audit", nil); p.Status != http.StatusForbidden {
		t.Errorf("an executive has the log read: %d", p.Status)
	}
}

func TestDifferencesStandUntilTheyClear(t *testing.T) {
	w := integrationDesk(t)
	p := w.SignIn(models.RoleIT).Get("/reconciliation")
	see(t, p, "#standing", "an event was never sent")
	see(t, p, "#standing", "−6")
	see(t, p, "#cleared", "read again from its owner")
	see(t, p, "#runs", "failed: The ERP does not answer.")
	see(t, p, "#reconciliation", "99.9 %")
}

func TestADifferenceSaysWhereBothSidesParted(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	href, _ := it.Get("/reconciliation").Find("#standing a.row-link").First().Attr("href")
	p := it.Get(href)
	see(t, p, "#panel", "its events came to version 40")
	see(t, p, "#panel", "Agreed at version 40, 2026-03-09 07:58:00 UTC")
	see(t, p, "#panel", "First differing movement: version 41, sale SO-9 (−6)")
	see(t, p, "#panel", "46 here")
	if p := it.Get("/reconciliation?open=999999"); p.Status != http.StatusNotFound {
		t.Errorf("a difference that is not there: %d", p.Status)
	}
}

func TestTheFlowMapIsCutByEntityAndVersion(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	forecast := it.Get("/flow?entity=forecast&version=v1")
	for _, gone := range []string{"#hop-workflow-", "#hop-erp-erp"} {
		hidden(t, forecast, gone)
	}
	see(t, forecast, "#hop-apply-", "all DCs, forecast, v1")
	see(t, it.Get("/flow?entity=inventory&dc=LON"), "#hop-route-replenishment", "LON, inventory")
	whole := it.Get("/flow")
	if text := whole.Find("#hops").Text(); strings.Contains(text, "Covers") || strings.Contains(text, "all DCs") {
		t.Error("the whole map says of each hop that it covers all")
	}
	see(t, forecast, `select[name="entity"] option[selected]`, "forecast")
	see(t, forecast, `select[name="version"] option[selected]`, "v1")
	live := forecast.Find("#live").AttrOr("hx-ws:connect", "")
	if topic, err := url.Parse(live); err != nil || topic.Query().Get("topic") != "flow:entity=forecast&version=v1" {
		t.Errorf("the page is kept current by %q", live)
	}
	see(t, it.Get("/flow?entity=replenishment"), "#hop-workflow-", "state → workflow")
	stock, none := it.Get("/flow?entity=inventory"), it.Get("/flow?version=v9")
	parked := func(p *webtest.Page) string { return strings.TrimSpace(p.Find("#stage-api td").Eq(1).Text()) }
	want := value(t, w, `SELECT count(*)::text FROM unsettled_events WHERE state = 'parked' AND stage = 'api' AND type LIKE 'throughline.inventory.%'`)
	if want == "0" || parked(stock) != want || parked(forecast) != "0" || parked(none) != "0" {
		t.Errorf("parked: %s of stock (want %s), %s of forecasts, %s of a version that is not there", parked(stock), want, parked(forecast), parked(none))
	}
}

func TestARunIsSignedOffOnce(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	id := value(t, w, `SELECT min(id)::text FROM reconcile_runs`)
	page, sign := "/reconciliation?run="+id, "/reconciliation/runs/"+id+"/sign"
	see(t, it.Get(page), "#panel", "an event was never sent 1")
	see(t, it.Get(page), "#panel", "GBP 12.5 at cost")
	see(t, it.Get(page), "#panel", "Sign off")
	if p := w.SignIn(models.RoleExecutive).Post(sign, url.Values{"reason": {"seen"}}); p.Status != http.StatusForbidden {
		t.Errorf("a reader signs: %d", p.Status)
	}
	if p := it.Post(sign, nil); p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusBadRequest {
		t.Errorf("without a note: %d", p.Status)
	}
	it.Post(sign, url.Values{"reason": {"counted with the warehouse"}})
	p := it.Get(page)
	see(t, p, "#panel", "counted with the warehouse")
	hidden(t, p, "#sign-run")
	it.Post(sign, url.Values{"reason": {"again"}}) // signed once, the audit below has one row
	if got := value(t, w, `SELECT string_agg(action || ' ' || subject || ' ' || reason, ';') FROM audit WHERE action LIKE 'reconcile%'`); got != "reconcile.sign reconcile_run:"+id+" counted with the warehouse" {
		t.Errorf("the audit has %q", got)
	}
	failed := value(t, w, `SELECT id::text FROM reconcile_runs WHERE state = 'failed'`)
	it.Post("/reconciliation/runs/"+failed+"/sign", url.Values{"reason": {"seen"}})
	if got := value(t, w, `SELECT string_agg(id::text || signed_by || sign_note, ';') FROM reconcile_runs WHERE signed_at IS NOT NULL`); got != id+"test-itcounted with the warehouse" {
		t.Errorf("signed are %q", got)
	}
}
