package webtest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"throughline/models"
)

const twiceGroup = "00000000-0000-0000-0000-000000000007"

func TestTheParkedPageTellsAgesAndKeepsItsFilterInTheAddress(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	if _, err := w.DB.Pool.Exec(t.Context(),
		`UPDATE unsettled_events SET received_at = CASE seq WHEN 12 THEN now() - interval '8 days' ELSE now() END`); err != nil {
		t.Fatal(err)
	}
	p := it.Get("/parked")
	see(t, p, "#age-today", "4")
	see(t, p, "#age-month", "1")
	see(t, p, "#group-"+twiceGroup, "after an edit")
	cut := it.Get("/parked?age=month&dc=LON&open=" + twiceGroup)
	see(t, cut, "#group-"+twiceGroup+" td", "1")
	see(t, cut, "#panel", "kept until it is applied or discarded")
	see(t, cut, "#panel", "Plan a retry")
	see(t, cut, "#age-today", "4")
	if chosen, _ := cut.Find("#filter-age option[selected]").Attr("value"); chosen != "month" {
		t.Errorf("the filter shows %q", chosen)
	}
}

// TestAHeapOfCausesIsCountedWhole has more groups, events and holds than a page lists.
func TestAHeapOfCausesIsCountedWhole(t *testing.T) {
	w := integrationDesk(t)
	exec(t, w, `INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint)
		SELECT 1000 + n, n % 8, now(), now(), CASE n WHEN 130 THEN 'wms' ELSE 'erp' END, 'h-' || n, 'throughline.inventory.balance.v1', 'k' || n, 'I' || n, 'LON', '{}',
			'parked', 'transformation', 'TRF-07', 'Cause ' || n, CAST(lpad((CASE WHEN n > 100 THEN n ELSE 1 END + 100)::text, 32, '0') AS uuid) FROM generate_series(1, 230) n`)
	exec(t, w, `INSERT INTO event_holds (seq, reason, actor, since, ends) SELECT 1000 + n, 'A count', 'ada', now(), now() + interval '1 hour' FROM generate_series(1, 60) n`)
	it := w.SignIn(models.RoleIT)
	p := it.Get("/parked")
	see(t, p, "#age-today", "235")
	see(t, p, "#parked", "132 groups")
	see(t, p, "#groups tbody tr:first-child", "130 causes: ")
	opened := it.Get(p.Find("#kind-TRF-07-erp a.row-link").AttrOr("href", ""))
	see(t, opened, "#parked", "100 of 130 groups")
	if link, _ := opened.Find("#parked a:contains('Plan a retry')").Attr("href"); link != "" {
		see(t, it.Get(link), "#bulk-plan", "All 229 that match")
	} else {
		t.Error("there is no way to retry all of a kind")
	}
	for _, sorted := range []string{"sort=code", "sort=-code", "sort=-old", "sort=events"} {
		see(t, it.Get("/parked?"+sorted), "#kind-TRF-07-erp", "229")
	}
	hidden(t, it.Get("/parked?sort=code"), "#groups tbody tr:first-child[id^='kind-']") // API-07 comes before
	see(t, p, "#filter-source", "wms")
	see(t, p, "#parked", "60 events; no retry")
	see(t, it.Get("/parked?held=2"), "#held-events", "ada")
	heap := "00000000-0000-0000-0000-000000000101"
	open := it.Get("/parked?open=" + heap)
	hidden(t, open, "#retry-group")
	see(t, open, "#panel", "outlives the log's 30 days")
	see(t, open, "#panel", "100: I1, I10, I100, I11, I12, I13, I14, I15, I16, I17 and 90 more")
	href, _ := open.Find("#panel a:contains('Plan a discard')").Attr("href")
	plan := it.Get(href)
	see(t, plan, "#bulk-plan", "All 100 that match")
	if chosen, _ := plan.Find("#action option[selected]").Attr("value"); chosen != "discard" {
		t.Errorf("the plan begins with %q", chosen)
	}
	for _, verb := range []string{"retry", "discard"} {
		if p := pressed(it, "/parked/"+heap+"/"+verb, because("All of it.", "state", "parked", "up_to", "9999")); p.Status != http.StatusPreconditionFailed {
			t.Errorf("%s of a hundred at a click: %d", verb, p.Status)
		}
	}
	if left := value(t, w, `SELECT count(*)::text FROM unsettled_events WHERE seq > 1000`); left != "230" {
		t.Errorf("%s are left of 230", left)
	}
}

// TestAGroupNamesWhoHasItsException looks at parked events and at waiting ones.
func TestAGroupNamesWhoHasItsException(t *testing.T) {
	w := integrationDesk(t)
	eventually(t, "the watch to raise both", func() bool {
		return value(t, w, `SELECT count(*)::text FROM exceptions WHERE standing AND dedupe_key IN ('API-07|`+twiceGroup+`', 'TRF-03|item:47566')`) == "2"
	})
	exec(t, w, `UPDATE exceptions SET owner = CASE code WHEN 'API-07' THEN 'ivan' ELSE 'ines' END, state = 'assigned'
		WHERE standing AND state <> 'resolved' AND dedupe_key IN ('API-07|`+twiceGroup+`', 'TRF-03|item:47566')`)
	it := w.SignIn(models.RoleIT)
	p := it.Get("/parked?open=" + twiceGroup)
	see(t, p, "#group-"+twiceGroup, "ivan")
	see(t, p, "#panel a[href^='/exceptions/']", "ivan")
	see(t, it.Get("/parked?state=waiting"), "#groups a[href^='/exceptions/']", "ines")
}

func payloadOf(delta, document string) string {
	return `{"item":"22423","dc":"LON","kind":"sale","on_hand_delta":` + delta + `,"allocated_delta":0,"unit":"EA","document":"` + document + `","version":50,"time":"2026-01-10T08:00:00Z"}`
}

func TestAParkedEventIsCheckedThenReplayedWithAnEdit(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	exec(t, w, `UPDATE unsettled_events SET data = replace(data, '"version":12', '"version":50') WHERE seq = 12`) // no balance contains it yet
	see(t, it.Get("/events/12"), "a.btn", "Edit and replay")
	see(t, it.Get("/events/12/edit"), "#payload", `"on_hand_delta": -12`)
	see(t, it.Get("/events/12/edit"), "#kept", "Only erp may say item, dc, on_hand_delta")
	wrong := it.Post("/events/12/check", url.Values{"base": {"0"}, "payload": {strings.Replace(payloadOf("-12", "S-1"), `"EA"`, `""`, 1)}})
	see(t, wrong, "#violations", "/unit")
	see(t, wrong, "#check", "It would be parked again")
	for _, verb := range []string{"check", "edit"} {
		p := it.Post("/events/12/"+verb, url.Values{"base": {"0"}, "payload": {payloadOf("99999", "S-1")}, "reason": {"It is more."}})
		if said := p.Find(".notice-error").Text(); p.Status != http.StatusUnprocessableEntity || !strings.Contains(said, "Only erp may say /on_hand_delta") {
			t.Errorf("%s of a quantity: %d %s", verb, p.Status, said)
		}
	}
	good := url.Values{"base": {"0"}, "payload": {payloadOf("-12", "S-1")}, "reason": {"It belongs to S-1."}}
	see(t, it.Post("/events/12/check", good), "#check", "It would be applied")
	if state := value(t, w, `SELECT state FROM unsettled_events WHERE seq = 12`); state != "parked" {
		t.Fatalf("a check left the event %s", state)
	}
	if p := it.Post("/events/12/edit", url.Values{"base": {"0"}, "payload": {payloadOf("-12", "S-1")}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", p.Status)
	}
	if p := it.Post("/events/12/edit", good); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	again := it.Post("/events/12/edit", good)
	if again.Status != http.StatusUnprocessableEntity || !strings.Contains(again.Find(".notice-error").Text(), "settled before") {
		t.Errorf("a second click: %d %s", again.Status, again.Find(".notice-error").Text())
	}
	p := it.Get("/events/12")
	see(t, p, "#edit-1", "/document")
	see(t, p, "#edit-1", "S-1")
	see(t, p, "#failure", "It belongs to S-1.")
	see(t, p, ".payloads", "As edited")
	hidden(t, w.SignIn(models.RoleProcurement).Get("/events/12"), "#edit-1")
	if n := value(t, w, `SELECT count(*)::text FROM audit WHERE action = 'event.edit' AND actor = 'test-it'`); n != "1" {
		t.Errorf("%s audit rows", n)
	}
	for _, role := range []models.Role{models.RolePlanner, models.RoleProcurement, models.RoleExecutive} {
		c := w.SignIn(role)
		for _, p := range []int{c.Get("/events/15/edit").Status, c.Post("/events/15/edit", good).Status, c.Get("/bulk").Status, c.Get("/bulk/new").Status, c.Post("/bulk", good).Status} {
			if p != http.StatusForbidden {
				t.Errorf("%s gets %d", role, p)
			}
		}
	}
}

func bulkForm(pairs ...string) url.Values {
	return because("A second warehouse counted.", append([]string{"action", "discard", "canary", "2", "rate", "100", "stop", "10"}, pairs...)...)
}

func TestABulkActionIsPlannedStartedAndFollowed(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	page := it.Get("/bulk/new?group=" + twiceGroup)
	see(t, page, "#bulk-plan", "5 on this page")
	see(t, page, "#bulk-plan", "All 5 that match")
	unfiltered := it.Get("/bulk/new")
	for name, want := range map[string]string{"code": "API-07 · ", "source": "erp", "group": "API-07 · 5 events · "} {
		see(t, unfiltered, "select#filter-"+name+" option", want)
	}
	if chosen := page.Find("#filter-group option[selected]"); chosen.AttrOr("value", "") != twiceGroup || !strings.HasPrefix(chosen.Text(), "API-07 · 5 events · ") {
		t.Errorf("the cause is shown as %q", chosen.Text())
	}
	hidden(t, unfiltered, "input[name=scope][value=all]")
	see(t, unfiltered, "#bulk-plan fieldset", "Narrow the list to act on all that match.")
	empty := it.Post("/bulk", bulkForm("scope", "all"))
	if empty.Status != http.StatusUnprocessableEntity || !strings.Contains(empty.Find(".notice-error").Text(), "never means everything") {
		t.Errorf("an empty filter: %d %s", empty.Status, empty.Find(".notice-error").Text())
	}
	refused := it.Post("/bulk", bulkForm("scope", "picked", "id", "12", "group", twiceGroup, "action", "edit", "patch", "[1]", "canary", "3", "rate", "0", "stop", "7", "go_on", "1"))
	for selector, want := range map[string]string{"#canary": "3", "#rate": "0", "#stop": "7"} {
		if kept := refused.Find(selector).AttrOr("value", ""); kept != want {
			t.Errorf("after a refusal %s says %q, want %q", selector, kept, want)
		}
	}
	if reason, patch := refused.Find("#reason").Text(), refused.Find("#patch").Text(); reason != "A second warehouse counted." || patch != "[1]" {
		t.Errorf("after a refusal the reason is %q and the patch %q", reason, patch)
	}
	if kept := refused.Find("[name=scope][value=picked][checked], [name=go_on][checked], [name=id][value='12'][checked]").Length(); kept != 3 {
		t.Errorf("after a refusal %d of the three choices are kept", kept)
	}
	planned := it.Post("/bulk", bulkForm("scope", "all", "group", twiceGroup))
	path := planned.Header.Get("Location")
	if planned.Status != http.StatusSeeOther || path == "" {
		t.Fatalf("%d %s", planned.Status, planned.Text())
	}
	draft := it.Get(path)
	see(t, draft, "#matched", "5")
	see(t, draft, "#duplicates", "5")
	see(t, draft, "#plan", "discarded 5")
	see(t, draft, "#go-on-run", "Start with 2")
	it.Post(path+"/go-on", because("Looks right."))
	eventually(t, "the canary", func() bool { return strings.Contains(it.Get(path).Find("#status").Text(), "waiting") })
	see(t, it.Get(path), "#done", "2")
	see(t, it.Get(path), "#item-12", "discarded")
	it.Post(path+"/go-on", because("The canary is right."))
	eventually(t, "the end", func() bool { return strings.Contains(it.Get(path).Find("#status").Text(), "done") })
	if left := value(t, w, `SELECT count(*)::text FROM unsettled_events WHERE fingerprint = '`+twiceGroup+`'`); left != "0" {
		t.Errorf("%s are left", left)
	}
	see(t, it.Get("/bulk"), "#runs", "done")
	see(t, it.Get(path), "#item-12", "22423")
	again := it.Get(it.Post("/bulk", bulkForm("action", "retry", "scope", "picked", "id", "4", "state", "waiting")).Header.Get("Location"))
	why := value(t, w, `SELECT reason FROM unsettled_events WHERE seq = 4`)
	for selector, want := range map[string]string{"#bulk .notice": "All would fail again", "#bulk .notice .detail": "1 event: The item 47566 is not known yet. Tried without effect when it was planned: 1 event.", "#go-on-run": "1 of 1 tried", "#item-4": why, "#items": "47566"} {
		see(t, again, selector, want)
	}
	if first := again.Find("#bulk").Children().First(); !first.Is(".notice") {
		t.Errorf("the preview begins with %s", first.Text())
	}
	picked := it.Post("/bulk", bulkForm("scope", "picked", "id", "4", "state", "waiting"))
	one := picked.Header.Get("Location")
	see(t, it.Get(one), "#matched", "1")
	it.Post(one+"/cancel", because("Never mind."))
	see(t, it.Get(one), "#status", "cancelled")
	see(t, it.Get(one), "#item-4", "left alone")
}

func TestAConflictLeadsToTheFirstEventOfItsID(t *testing.T) {
	w := integrationDesk(t)
	_, err := w.DB.Pool.Exec(t.Context(), `
		INSERT INTO event_keys (hash, fingerprint, seq, shard, received_at)
		SELECT substr(encode(sha256(convert_to(u.source, 'UTF8') || '\x00' || convert_to(u.event_id, 'UTF8') || '\x00'), 'hex'), 1, 32)::uuid,
			gen_random_uuid(), 5, 0, now() FROM unsettled_events u WHERE u.seq = 12`)
	if err != nil {
		t.Fatal(err)
	}
	p := w.SignIn(models.RoleIT).Get("/events/12")
	if p.Find(`a[href="/events/5"]`).Length() == 0 {
		t.Error("the first event of the id is not named")
	}
	if first := strings.TrimSpace(p.Find(`[data-opens="discard-event"], [data-opens="retry-event"]`).First().Text()); !strings.HasPrefix(first, "Discard") {
		t.Errorf("the first offer is %q: another try finds the id used as before", first)
	}
}
