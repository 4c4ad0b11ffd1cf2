package webtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"throughline/models"
	"throughline/models/store"
	"throughline/web/app"
	"throughline/web/webtest"
)

func exec(t *testing.T, w *webtest.Tower, sql string, args ...any) {
	t.Helper()
	if _, err := w.DB.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// TestARefusedEventIsDecidedOnByAPerson has a subscriber that answers 422 until
// it is mended; its event is delivered again, and another is discarded.
func TestARefusedEventIsDecidedOnByAPerson(t *testing.T) {
	w := webtest.Start(t, func(cfg *app.Config) { cfg.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	var mended atomic.Bool
	target := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if !mended.Load() {
			rw.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = rw.Write([]byte("no such bin"))
		}
	}))
	t.Cleanup(target.Close)
	exec(t, w, `INSERT INTO subscriptions (name, url, secret, types) VALUES ('wms', $1, 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=', '{throughline.inventory.balance.v1}')`, target.URL)
	exec(t, w, `INSERT INTO refused_events (subscription, pos, seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc,
			trace_id, conflict, data, applied_at, status, answer, attempts, refused_at, passed)
		SELECT 'wms', n, 500 + n, 0, now(), now(), 'erp', 'bal-' || n, 'throughline.inventory.balance.v1', '22423@LON', 'inventory:22423|LON', '22423', 'LON',
			'', false, '{"item":"22423","dc":"LON","version":7}', now(), 422, 'no such bin', 3, now(), 2 FROM generate_series(1, 2) n`)
	exec(t, w, `INSERT INTO deliveries (subscription, shard, from_pos, to_pos, message_id, events, attempt, started_at, ended_at, status, outcome, class, error)
		SELECT 'wms', 0, a, b, 'm' || a, 1 + b - a, 1, now(), now(), 422, 'failed', 'refused', 'messages ' || a || ' to ' || b FROM (VALUES (0, 3), (1, 1), (2, 2)) m (a, b)`)
	it := w.SignIn(models.RoleIT)
	see(t, it.Get("/routes/wms"), "main", "Refused, set aside")
	see(t, it.Get("/parked"), `#refused-by-wms:has(a[href="/routes/wms/refused"])`, "wms22")
	see(t, it.Get("/routes/wms/refused"), "table", "HTTP 422: no such bin")
	ids := []string{value(t, w, `SELECT min(id)::text FROM refused_events`), value(t, w, `SELECT max(id)::text FROM refused_events`)}
	page := it.Get("/routes/wms/refused/" + ids[0])
	see(t, page, "main", "2 later events of the same key passed it")
	for _, attempt := range []string{"messages 0 to 3", "messages 1 to 1"} {
		see(t, page, "#page", attempt)
	}
	if page := page.Find("#page").Text(); strings.Contains(page, "messages 2 to 2") {
		t.Error("an attempt at a message without it is listed")
	}
	see(t, page, ".payloads", "The event, as it was received")
	see(t, page, ".payloads", `"version": 7`)
	see(t, page, ".payloads", `"specversion": "1.0"`)
	if p := w.SignIn(models.RolePlanner).Post("/routes/wms/refused/"+ids[1]+"/discard", because("No.")); p.Status != http.StatusForbidden {
		t.Errorf("a planner discards: %d", p.Status)
	}

	deliver := "/routes/wms/refused/" + ids[0] + "/deliver"
	if p := pressed(it, deliver, because("")); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", p.Status)
	}
	if p := pressed(it, deliver, because("The bin is there.")); p.Status != http.StatusConflict {
		t.Errorf("refused again: %d %s", p.Status, p.Text())
	}
	mended.Store(true)
	for _, path := range []string{deliver, "/routes/wms/refused/" + ids[1] + "/discard"} {
		if p := pressed(it, path, because("The bin is there.")); p.Status != http.StatusOK {
			t.Errorf("%s: %d %s", path, p.Status, p.Text())
		}
	}
	if got := value(t, w, `SELECT string_agg(state, ' ' ORDER BY seq) FROM refused_events`); got != "delivered discarded" {
		t.Errorf("they are %s", got)
	}
	if got := value(t, w, `SELECT count(*)::text FROM audit WHERE subject = 'route:wms' AND action IN ('route.deliver', 'route.discard')`); got != "5" {
		t.Errorf("%s audit rows, want two for each delivery and one for the discard", got)
	}
	see(t, it.Get("/routes/wms/refused"), "main", "Nothing is set aside")
	see(t, it.Get("/routes/wms/refused?show=all"), "table", "discarded")
}

// particular is a subscriber that refuses one version.
func particular(t *testing.T, version string) (url string, mend func()) {
	t.Helper()
	var mended atomic.Bool
	target := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if !mended.Load() && strings.Contains(string(body), `"version":`+version) {
			rw.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = rw.Write([]byte("no such bin"))
		}
	}))
	t.Cleanup(target.Close)
	return target.URL, func() { mended.Store(true) }
}

// refusing is a tower with a subscriber that has refused some versions.
func refusing(t *testing.T, url string, versions int) *webtest.Tower {
	t.Helper()
	w := webtest.Start(t, func(cfg *app.Config) { cfg.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	exec(t, w, `INSERT INTO subscriptions (name, url, secret, types, condition) VALUES ('wms', $1, 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=', '{throughline.inventory.balance.v1}', 'item != "22423"')`, url)
	exec(t, w, `INSERT INTO refused_events (subscription, pos, seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc,
			trace_id, conflict, data, applied_at, status, answer, attempts, refused_at, passed)
		SELECT 'wms', n, 500 + n, 0, now(), now(), 'erp', 'bal-' || n, 'throughline.inventory.balance.v1', '22423@LON', 'inventory:22423|LON', '22423', 'LON',
			'', false, '{"item":"22423","dc":"LON","version":' || n || '}', now(), 422, 'no such bin', 3, now(), n % 2 FROM generate_series(1, $1) n`, versions)
	return w
}

func TestAllThatIsRefusedIsDeliveredAgainAtOnce(t *testing.T) {
	url, _ := particular(t, "2")
	w := refusing(t, url, 3)
	it := w.SignIn(models.RoleIT)
	for _, path := range []string{"/routes/wms", "/routes/wms/refused"} {
		see(t, it.Get(path), `form[action="/routes/wms/refused/deliver"]`, "3 events")
	}
	if p := w.SignIn(models.RolePlanner).Post("/routes/wms/refused/deliver", because("Please.")); p.Status != http.StatusForbidden {
		t.Errorf("a planner delivers: %d", p.Status)
	}
	if p := pressed(it, "/routes/wms/refused/deliver", because("")); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", p.Status)
	}
	if p := pressed(it, "/routes/wms/refused/deliver", because("The bins are there.")); p.Status != http.StatusOK || !strings.Contains(p.Text(), "1 event now, 1 event refused again, 1 event left: An earlier event of its key is refused.") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if got := value(t, w, `SELECT string_agg(state || attempts, ' ' ORDER BY seq) FROM refused_events`); got != "delivered3 open4 open3" {
		t.Errorf("they are %s", got)
	}
	if got := value(t, w, `SELECT count(*)::text FROM audit WHERE action = 'route.deliver' AND reason = 'The bins are there.'`); got != "4" {
		t.Errorf("%s audit rows, want two for each delivery", got)
	}
}

// What the route's condition leaves out by now is shown as it was sent, since it
// is delivered again all the same.
func TestARefusedEventIsShownAsItWasSent(t *testing.T) {
	url, _ := particular(t, "1")
	w := refusing(t, url, 1)
	page := w.SignIn(models.RoleIT).Get("/routes/wms/refused/" + value(t, w, `SELECT id::text FROM refused_events`))
	see(t, page, ".payloads", `"version": 1`)
	see(t, page, "main", "leaves such an event out")
}

func TestRefusedEventsAreDecidedOnOverTheAPI(t *testing.T) {
	url, mend := particular(t, "1")
	w := refusing(t, url, 3)
	key := func(scope models.Scope) http.Header {
		secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "erp", Scopes: []models.Scope{scope}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/json"}}
	}
	exec(t, w, `UPDATE refused_events SET key = key || seq`)
	operates, reads, sends := key(models.ScopeOperate), key(models.ScopeRead), key(models.ScopeSend)
	id := func(seq string) string { return value(t, w, `SELECT id::text FROM refused_events WHERE seq = `+seq) }
	const why = `{"reason":"The bin is there."}`
	for _, try := range []struct {
		method, path, body string
		header             http.Header
		status             int
		says               string
	}{
		{http.MethodGet, "", "", sends, http.StatusForbidden, "scope read"},
		{http.MethodGet, "?limit=1", "", reads, http.StatusOK, `"event_id":"bal-3"`},
		{http.MethodPost, "/" + id("501") + "/deliver", why, reads, http.StatusForbidden, "scope operate"},
		{http.MethodPost, "/" + id("501") + "/deliver", `{"reason":""}`, operates, http.StatusUnprocessableEntity, ""},
		{http.MethodPost, "/" + id("501") + "/deliver", why, operates, http.StatusConflict, "did not take it"},
		{http.MethodPost, "/" + id("502") + "/discard", why, operates, http.StatusOK, `"state":"discarded"`},
		{http.MethodPost, "/" + id("502") + "/discard", why, operates, http.StatusConflict, "meanwhile"},
		{http.MethodPost, "/999999/deliver", why, operates, http.StatusNotFound, ""},
		{http.MethodPost, "/deliver", why, operates, http.StatusOK, `"outcome":"refused","why":"wms did not take it`},
		{http.MethodPost, "/" + id("503") + "/deliver", why, operates, http.StatusConflict, "delivered meanwhile"},
	} {
		if p := w.Stranger().Do(try.method, "/api/v1/routes/wms/refused"+try.path, strings.NewReader(try.body), try.header); p.Status != try.status || !strings.Contains(p.Body, try.says) {
			t.Errorf("%s %s is answered with %d %s, want %d %s", try.method, try.path, p.Status, p.Body, try.status, try.says)
		}
	}
	mend()
	if p := w.Stranger().Do(http.MethodPost, "/api/v1/routes/wms/refused/deliver", strings.NewReader(why), operates); !strings.Contains(p.Body, `"outcome":"delivered"`) {
		t.Errorf("once it is mended: %s", p.Body)
	}
	if got := value(t, w, `SELECT string_agg(DISTINCT actor, ' ') FROM audit WHERE subject = 'route:wms'`); got != "key:erp" {
		t.Errorf("audited as %s", got)
	}
}

func deliverAll(t *testing.T, w *webtest.Tower, want string) {
	t.Helper()
	if p := pressed(w.SignIn(models.RoleIT), "/routes/wms/refused/deliver", because("The bins are there.")); p.Status != http.StatusOK || !strings.Contains(p.Text(), want) {
		t.Errorf("%d %s, want %s", p.Status, p.Text(), want)
	}
}

func TestWhatStaysRefusedIsNotInTheWayOfWhatWasMended(t *testing.T) {
	url, _ := particular(t, "1") // and 10 to 19
	w := refusing(t, url, 20)
	exec(t, w, `DELETE FROM refused_events WHERE seq < 510`)
	exec(t, w, `UPDATE refused_events SET key = key || seq`)
	deliverAll(t, w, "wms has 1 event now, 10 events refused again.")
}

func TestWhatStaysRefusedHoldsItsOwnKeyOnly(t *testing.T) {
	url, _ := particular(t, "1") // and 10 to 19
	w := refusing(t, url, 122)
	exec(t, w, `DELETE FROM refused_events WHERE seq BETWEEN 502 AND 509`)
	exec(t, w, `UPDATE refused_events SET key = 'inventory:other|LON', data = '{"version":9}' WHERE seq > 620`)
	deliverAll(t, w, "wms has 2 events now, 1 event refused again, 97 events left: An earlier event of its key is refused.")
	if got := value(t, w, `SELECT string_agg(seq::text, ' ' ORDER BY seq) FROM refused_events WHERE state = 'delivered'`); got != "621 622" {
		t.Errorf("delivered are %s, want the two of the other key", got)
	}
}

// stockKey decides on what is refused with an API key that is for balances only.
func stockKey(t *testing.T, w *webtest.Tower) (post func(path string) *webtest.Page) {
	t.Helper()
	secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "erp", Scopes: []models.Scope{models.ScopeOperate}, Types: []models.EventType{models.TypeBalance}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return func(path string) *webtest.Page {
		return w.Stranger().Do(http.MethodPost, "/api/v1/routes/wms/refused"+path, strings.NewReader(`{"reason":"The bin is there."}`),
			http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/json"}})
	}
}

func TestAKeyDeliversOnlyWhatIsOfItsTypesAgain(t *testing.T) {
	url, _ := particular(t, "0")
	w := refusing(t, url, 2)
	exec(t, w, `UPDATE refused_events SET type = $1, key = key || seq WHERE seq = 502`, models.TypeMovement)
	post := stockKey(t, w)
	other := "/" + value(t, w, `SELECT id::text FROM refused_events WHERE seq = 502`)
	for _, path := range []string{other + "/deliver", other + "/discard"} {
		if p := post(path); p.Status != http.StatusForbidden || !strings.Contains(p.Body, "not for events of the type") {
			t.Errorf("%s of another type: %d %s", path, p.Status, p.Body)
		}
	}
	if p := post("/deliver"); p.Status != http.StatusOK || strings.Count(p.Body, `"outcome"`) != 1 {
		t.Errorf("all of its type: %d %s", p.Status, p.Body)
	}
	if got := value(t, w, `SELECT string_agg(state, ' ' ORDER BY seq) FROM refused_events`); got != "delivered open" {
		t.Errorf("they are %s", got)
	}
}

// TestAnEventThatAKeyIsNotForHoldsTheLaterOnesOfItsKey has a movement between two
// balances of a key, and a balance of another key behind none.
func TestAnEventThatAKeyIsNotForHoldsTheLaterOnesOfItsKey(t *testing.T) {
	url, _ := particular(t, "0")
	w := refusing(t, url, 4)
	exec(t, w, `UPDATE refused_events SET type = $1 WHERE seq = 502`, models.TypeMovement)
	exec(t, w, `UPDATE refused_events SET key = key || seq WHERE seq = 504`)
	post := stockKey(t, w)
	const held = `"outcome":"left","why":"An earlier event of its key is not for this API key."`
	if p := post("/deliver"); strings.Count(p.Body, `"outcome":"delivered"`) != 2 || strings.Count(p.Body, held) != 1 {
		t.Errorf("all of its type: %d %s", p.Status, p.Body)
	}
	if got := value(t, w, `SELECT string_agg(state, ' ' ORDER BY seq) FROM refused_events`); got != "delivered open open delivered" {
		t.Errorf("they are %s", got)
	}
	exec(t, w, `UPDATE refused_events SET type = $1`, models.TypeMovement)
	if p := post("/deliver"); p.Status != http.StatusConflict || !strings.Contains(p.Body, "of the types of this API key") {
		t.Errorf("with other types only: %d %s", p.Status, p.Body)
	}
	deliverAll(t, w, "wms has 2 events now.")
}

func TestWhatIsDeliveredAgainKeepsTheOrderOfItsKey(t *testing.T) {
	w := refusing(t, "http://127.0.0.1:1", 3)
	exec(t, w, `UPDATE refused_events SET key = key || seq WHERE seq = 503`)
	exec(t, w, `UPDATE refused_events SET tried_at = now() - interval '1 hour' WHERE seq > 501`)
	events, err := store.NewFailures(w.DB).RefusedToDeliver(t.Context(), "wms", nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	var order []int64
	for _, e := range events {
		order = append(order, e.Event.Seq)
	}
	if !slices.Equal(order, []int64{503, 501, 502}) {
		t.Errorf("delivered are %v, want the other key first and the older of one key before the newer", order)
	}
}

// One is in the hands of somebody else, and one is discarded while the first is sent.
func TestWhatIsLeftSaysWhyAndIsNothingThatIsSettled(t *testing.T) {
	var w *webtest.Tower
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if _, err := w.DB.Pool.Exec(t.Context(), `UPDATE refused_events SET state = 'discarded', settled_at = now() WHERE seq = 503`); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(target.Close)
	w = refusing(t, target.URL, 4)
	exec(t, w, `UPDATE refused_events SET key = key || seq, held_until = CASE seq WHEN 502 THEN now() + interval '1 hour' END`)
	deliverAll(t, w, "wms has 2 events now, 1 event left: Somebody delivers it right now.")
}

// TestAKeyIsShownNoMoreOfWhatIsRefusedThanItMayRead asks with keys of other scopes and types.
func TestAKeyIsShownNoMoreOfWhatIsRefusedThanItMayRead(t *testing.T) {
	url, _ := particular(t, "1")
	w := refusing(t, url, 1)
	ask := func(method, route, path string, key models.APIKey) *webtest.Page {
		key.Source = "erp"
		secret, err := app.AddKey(t.Context(), w.DB, key, 0)
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/json"}}
		return w.Stranger().Do(method, "/api/v1/routes/"+route+"/refused"+path, strings.NewReader(`{"reason":"The bin is there."}`), header)
	}
	reads, operates := models.APIKey{Scopes: []models.Scope{models.ScopeRead}}, models.APIKey{Scopes: []models.Scope{models.ScopeOperate}}
	if p := ask(http.MethodGet, "wms", "", reads); !strings.Contains(p.Body, `"bal-1"`) || strings.Contains(p.Body, "no such bin") {
		t.Errorf("who may read gets %d %s", p.Status, p.Body)
	}
	if p := ask(http.MethodGet, "wms", "", operates); !strings.Contains(p.Body, `"answer":"no such bin"`) {
		t.Errorf("who may operate gets %d %s", p.Status, p.Body)
	}
	stock, forecasts := reads, reads
	stock.Types, forecasts.Types = []models.EventType{models.TypeBalance}, []models.EventType{models.TypeForecastRevision}
	if p := ask(http.MethodGet, "wms", "", stock); !strings.Contains(p.Body, `"bal-1"`) {
		t.Errorf("a key for its type gets %d %s", p.Status, p.Body)
	}
	if p := ask(http.MethodGet, "wms", "", forecasts); p.Status != http.StatusOK || strings.Contains(p.Body, "22423") {
		t.Errorf("a key for another type gets %d %s", p.Status, p.Body)
	}
	for method, path := range map[string]string{http.MethodGet: "", http.MethodPost: "/deliver"} {
		if p := ask(method, "nowhere", path, operates); p.Status != http.StatusNotFound {
			t.Errorf("%s of an unknown route: %d %s", method, p.Status, p.Body)
		}
	}
}
