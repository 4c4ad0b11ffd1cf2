package webtest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

func TestConnectorsTellWhatASourceHasLeft(t *testing.T) {
	w := webtest.Start(t)
	expires := time.Now().Add(90*24*time.Hour + time.Hour)
	key := models.APIKey{Source: "edi", Limit: models.RateLimit{Rate: 10, Burst: 400}, ExpiresAt: &expires}
	secret, err := app.AddKey(t.Context(), w.DB, key, 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.DB.Pool.Exec(t.Context(), `
		INSERT INTO freshness (source, entity, dc, shard, occurred_at, applied_at) VALUES ('edi', 'receipt', 'LON', 0, now(), now());
		INSERT INTO books_received (source, lane, received) VALUES ('edi', 'realtime', 3);
		INSERT INTO books_decided (source, shard, applied) VALUES ('edi', 0, 1);
		INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, data, state, stage, code, reason, fingerprint, waits_for)
			SELECT 70000 + n, 0, now(), now(), 'edi', 'e' || n, 'throughline.receipt.posted.v1', 'k', '{}', 'waiting', 'transformation', 'TRF-03', 'x', gen_random_uuid(), 'item:X'
			FROM generate_series(1, 2) n`)
	if err != nil {
		t.Fatal(err)
	}
	it := w.SignIn(models.RoleIT)
	p := it.Get("/connectors")
	for _, want := range []string{"not told", "400 of 400", "90 d", "of 10 min", "always", "2"} {
		see(t, p, "#source-edi", want)
	}
	it.Do(http.MethodGet, "/api/v1/books", http.NoBody, http.Header{"Authorization": {"Bearer " + secret}, "User-Agent": {"may-not-read/1"}})
	see(t, it.Get("/connectors"), "#source-edi", "not told")
	it.Do(http.MethodPost, "/api/v1/events", strings.NewReader("[]"), http.Header{"Authorization": {"Bearer " + secret}, "User-Agent": {"edi-gateway/7.1 (Linux)"}})
	see(t, it.Get("/connectors"), "#source-edi", "edi-gateway/7.1 (Linux)")
}

// TestATestEventGoesTheWholeWay sends the example of a contract with the key of
// its source, then what is wrong with it in three ways.
func TestATestEventGoesTheWholeWay(t *testing.T) {
	w := webtest.Start(t)
	secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "wms"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	it := w.SignIn(models.RoleIT)
	see(t, it.Get("/connectors"), "#source-wms", "has sent nothing yet")
	const path = "/connectors/test-event"
	form := it.Get(path + "?source=wms&type=throughline.location.changed.v1")
	event := form.Find("#event").Text()
	send := func(event, key string) *webtest.Page {
		return it.Post(path, url.Values{"source": {"wms"}, "type": {"throughline.location.changed.v1"}, "event": {event}, "key": {key}})
	}
	p := send(event, secret)
	see(t, p, "#outcome", "Accepted as event")
	see(t, send(event, secret), "#outcome", "Known already")
	if p.Find("#key").AttrOr("value", "") != "" || strings.Contains(p.Body, secret) {
		t.Error("the key is given back")
	}
	way, _ := p.Find("#outcome a").Attr("href")
	eventually(t, "the event to take effect", func() bool {
		return value(t, w, `SELECT count(*)::text FROM locations WHERE dc = 'LON'`) == "1"
	})
	if detail := it.Get(way); detail.Status != http.StatusOK {
		t.Errorf("its way at %q is %d", way, detail.Status)
	}
	eventually(t, "the source to be of use", func() bool {
		return strings.Contains(it.Get("/connectors").Find("#source-wms").Text(), "sending")
	})
	for _, c := range []struct{ event, key, says string }{
		{strings.Replace(event, `"test-`, `"other-`, 1), "tlk_wrong", "no API key of Throughline"},
		{strings.Replace(strings.Replace(event, `"test-`, `"other-`, 1), `"London"`, `7`, 1), secret, "breaks its contract"},
		{"no event", secret, "Refused at the door"},
	} {
		if p := send(c.event, c.key); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Find("#outcome").Text(), c.says) {
			t.Errorf("want %q, got %d %s", c.says, p.Status, p.Find("#outcome").Text())
		}
	}
	if got := value(t, w, `SELECT count(*)::text FROM audit WHERE action = 'event.test'`); got != "10" {
		t.Errorf("%s audit rows, want two for each of the five tries", got)
	}
	if p := w.SignIn(models.RolePlanner).Get(path); p.Status != http.StatusForbidden {
		t.Errorf("a planner is let to the form: %d", p.Status)
	}
}
