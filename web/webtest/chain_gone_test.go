package webtest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/web/webtest"
)

// A revision that retention took is told so, with what is kept, where its chain is
// asked for and where it is searched for; one that never was is not.
func TestARevisionThatRetentionTookSaysSo(t *testing.T) {
	w := webtest.Start(t)
	exec(t, w, `INSERT INTO forecast_revisions (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit, previous_quantity, quantity, material, published_at, received_at, applied_at, content_hash, seq)
		SELECT 'A1', 'LON', n, 'run', 'm', '1', 'day', '2026-03-01', '{1}', 'EA', 1, 1, false, at, at, at, gen_random_uuid(), n FROM generate_series(1, 3) n, LATERAL (SELECT now() - interval '900 days' + n * interval '1 day') d(at)`)
	ask := func(path, query string) *webtest.Page {
		return w.SignIn(models.RolePlanner).Get(path + "?q=" + url.QueryEscape(query))
	}
	if p := ask("/chain", "A1@LON#1"); p.Status != http.StatusOK {
		t.Fatalf("before, the chain is answered %d", p.Status)
	}
	before := time.Now().Add(-800 * 24 * time.Hour)
	if gone, err := store.NewRetention(w.DB, nil).Prune(t.Context(), models.KeptForecasts, before, 100); err != nil || gone != 2 {
		t.Fatalf("%d revisions went, %v", gone, err)
	}
	exec(t, w, `INSERT INTO forecast_revisions (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit, previous_quantity, quantity, material, published_at, received_at, applied_at, content_hash, seq)
		SELECT 'A1', 'LON', n, 'run', 'm', '1', 'day', '2026-03-01', '{1}', 'EA', 1, 1, false, now(), now(), now(), gen_random_uuid(), n FROM unnest(ARRAY[5, 7]) n`)
	gone := "Forecast revision 1 of A1 at LON is not kept any more. Retention took what came before " + before.UTC().Format("2 Jan 2006 15:04 UTC")
	for query, want := range map[string]string{"A1@LON#1": gone, "A1@LON#6": "Nothing here is called", "A1@LON#8": "Nothing here is called"} {
		for _, path := range []string{"/chain", "/search"} {
			if p := ask(path, query); p.Status != http.StatusNotFound || !strings.Contains(p.Find("#page").Text(), want) {
				t.Errorf("%s of %s is answered %d %s", path, query, p.Status, p.Find("#page").Text())
			}
		}
	}
}
