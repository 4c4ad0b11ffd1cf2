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
