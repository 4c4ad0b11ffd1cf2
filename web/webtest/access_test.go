package webtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

// TestCallsThatAreTurnedAwayAreSeen sends above a quota and with a revoked key, until both are called.
func TestCallsThatAreTurnedAwayAreSeen(t *testing.T) {
	w := webtest.Start(t)
	secret := func(key models.APIKey) string {
		secret, err := app.AddKey(t.Context(), w.DB, key, 0)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	edi, old := secret(models.APIKey{Source: "edi", Limit: models.RateLimit{Rate: 0.01, Burst: 1}}), secret(models.APIKey{Source: "wms"})
	if _, err := w.DB.Pool.Exec(t.Context(), `UPDATE api_keys SET revoked_at = now() WHERE source = 'wms'`); err != nil {
		t.Fatal(err)
	}
	client := w.Stranger()
	send := func(source, key string) int {
		event := strings.NewReplacer(`"source":"wms"`, fmt.Sprintf(`"source":%q`, source), "%NAME", "Leeds", "%V", "1", "%TIME", time.Now().UTC().Format(time.RFC3339)).Replace(locationEvent)
		return client.Do(http.MethodPost, "/api/v1/events", strings.NewReader(event), http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/cloudevents+json"}}).Status
	}
	if status := send("edi", edi); status != http.StatusAccepted {
		t.Fatalf("within the quota: %d", status)
	}
	for range 4 {
		if above, revoked := send("edi", edi), send("wms", old); above != http.StatusTooManyRequests || revoked != http.StatusUnauthorized {
			t.Fatalf("above the quota %d, with a revoked key %d", above, revoked)
		}
	}
	send("edi", "tlk_"+strings.Repeat("x", 43)) // a guess counts for nobody
	eventually(t, "the calls to be counted", func() bool {
		return value(t, w, `SELECT coalesce(string_agg(kind || ' ' || calls, ', ' ORDER BY kind), '') FROM key_troubles`) == "revoked 4, throttled 4"
	})
	it := w.SignIn(models.RoleIT)
	see(t, it.Get("/connectors"), "#turned-away", "429, above its quota")
	see(t, it.Get("/connectors"), "#turned-away", "401, the key was revoked")
	if _, err := w.DB.Pool.Exec(t.Context(), `UPDATE key_troubles SET since = since - interval '2 minutes'`); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both to be called", func() bool {
		queue := it.Get("/exceptions/it").Body
		return strings.Contains(queue, "EDI sends more than its quota") && strings.Contains(queue, "WMS goes on with a key that was revoked")
	})
}

// TestAnExpiredTokenIsCalledUntilItsConsumerBeginsAnew polls behind what retention has taken.
func TestAnExpiredTokenIsCalledUntilItsConsumerBeginsAnew(t *testing.T) {
	w := webtest.Start(t)
	secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "lake", Scopes: []models.Scope{models.ScopeRead}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	client, it := w.Stranger(), w.SignIn(models.RoleIT)
	get := func(path string) *webtest.Page {
		return client.Do(http.MethodGet, path, nil, http.Header{"Authorization": {"Bearer " + secret}})
	}
	token := func(p *webtest.Page) string {
		_, rest, _ := strings.Cut(p.Body, `"next":"`)
		next, _, _ := strings.Cut(rest, `"`)
		return next
	}
	const changes, title = "/api/v1/changes?entity=location&since=", "The delta token of Lake has expired"
	old := token(get(changes + "now"))
	see(t, it.Get("/connectors"), "#pollers", "reading")
	if _, err := w.DB.Pool.Exec(t.Context(), `INSERT INTO change_horizons (shard, pos) SELECT shard, 1000 FROM shard_cursors ON CONFLICT (shard) DO UPDATE SET pos = 1000`); err != nil {
		t.Fatal(err)
	}
	if p := get(changes + old); p.Status != http.StatusGone {
		t.Fatalf("behind the horizon: %d %s", p.Status, p.Body)
	}
	if p := get(changes + token(get(changes+"now"))); p.Status != http.StatusOK {
		t.Fatalf("from now: %d %s", p.Status, p.Body)
	}
	see(t, it.Get("/connectors"), "#pollers", "token expired")
	eventually(t, "it to be called", func() bool { return strings.Contains(it.Get("/exceptions/it").Body, title) })
	fresh := token(get("/api/v1/export/location"))
	see(t, it.Get("/connectors"), "#pollers", "export read, not polled since")
	if p := get(changes + fresh); p.Status != http.StatusOK {
		t.Fatalf("after the export: %d %s", p.Status, p.Body)
	}
	see(t, it.Get("/connectors"), "#pollers", "reading")
	eventually(t, "it to close", func() bool { return !strings.Contains(it.Get("/exceptions/it").Body, title) })
}
