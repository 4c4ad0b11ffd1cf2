package webtest_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"

	"throughline/models"
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
	it := w.SignIn(models.RoleIT)
	see(t, it.Get("/routes/wms"), "main", "Refused, set aside")
	see(t, it.Get("/routes/wms/refused"), "table", "HTTP 422: no such bin")
	ids := []string{value(t, w, `SELECT min(id)::text FROM refused_events`), value(t, w, `SELECT max(id)::text FROM refused_events`)}
	page := it.Get("/routes/wms/refused/" + ids[0])
	see(t, page, "main", "2 later events of the same key passed it")
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
