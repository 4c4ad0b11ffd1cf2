package webtest_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
)

func TestASecretIsRotatedAndShownOnce(t *testing.T) {
	w := integrationDesk(t)
	it := w.SignIn(models.RoleIT)
	see(t, it.Get("/routes/forecasting"), "#route", "Rotate secret")
	form := it.Get("/routes/forecasting/secret")
	see(t, form, "#route-secret", "The secret in force")
	fingerprint, _ := form.Find(`input[name="fingerprint"]`).Attr("value")
	rotate := because("It may have leaked.", "fingerprint", fingerprint, "overlap", "2h")
	if p := w.SignIn(models.RolePlanner).Post("/routes/forecasting/secret", rotate); p.Status != http.StatusForbidden {
		t.Errorf("a planner rotates a secret: %d", p.Status)
	}
	if p := it.Post("/routes/forecasting/secret", because("", "fingerprint", fingerprint)); p.Status == http.StatusOK {
		t.Error("a secret was rotated without a reason")
	}
	if p := it.Post("/routes/forecasting/secret", because("So.", "fingerprint", fingerprint, "overlap", "900h")); p.Status == http.StatusOK {
		t.Error("two secrets sign for a month")
	}
	shown := it.Post("/routes/forecasting/secret", rotate)
	secret, _ := shown.Find("#secret").Attr("value")
	if stored := value(t, w, `SELECT secret FROM subscriptions WHERE name = 'forecasting'`); shown.Status != http.StatusOK || secret != stored || !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("%d shows another secret than the one in force", shown.Status)
	}
	if header := shown.Header.Get("Cache-Control"); header != "no-store" {
		t.Errorf("the page with the secret may be kept: %q", header)
	}
	if again := it.Post("/routes/forecasting/secret", rotate); again.Status != http.StatusConflict || strings.Contains(again.Body, "whsec_") {
		t.Errorf("the same form sent twice is answered %d", again.Status)
	}
	for _, path := range []string{"/routes/forecasting", "/routes/forecasting/secret"} {
		if p := it.Get(path); strings.Contains(p.Body, secret) {
			t.Errorf("%s shows the secret again", path)
		}
	}
	see(t, it.Get("/routes/forecasting/secret"), "#route-secret", "was made here")
	see(t, it.Get("/routes/forecasting"), "#route", "the old secret signs too")
	if n := value(t, w, `SELECT count(*)::text FROM audit WHERE action = 'route.rotate_secret' AND reason = 'It may have leaked.'`); n != "1" {
		t.Errorf("%s audit rows", n)
	}
}
