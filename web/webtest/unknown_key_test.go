package webtest_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// TestCallsWithUnknownKeysAreCountedAndTheirSecretsKeptNowhere guesses keys of the right
// form, so that the database is asked for them.
func TestCallsWithUnknownKeysAreCountedAndTheirSecretsKeptNowhere(t *testing.T) {
	w := webtest.Start(t)
	secret := "tlk_" + strings.Repeat("guess", 9)[:43]
	for range 3 {
		if p := w.Stranger().Do(http.MethodPost, "/api/v1/events", strings.NewReader("{}"), http.Header{"Authorization": {"Bearer " + secret}}); p.Status != http.StatusUnauthorized {
			t.Fatalf("a guess is answered %d: %s", p.Status, p.Body)
		}
	}
	it := w.SignIn(models.RoleIT)
	eventually(t, "the guesses to be counted", func() bool {
		row := it.Get("/rejected").Find("#rejected-counts tbody tr").Text()
		return strings.Contains(row, models.UnknownKey) && strings.Contains(row, "from 127.0.0.1") && strings.Contains(row, "3")
	})
	if kept := value(t, w, `SELECT (SELECT count(*) FROM rejected_samples)::text || (SELECT count(*) FROM rejected_counts WHERE type LIKE '%guess%')::text`); kept != "00" {
		t.Errorf("something of the secret is kept: %s", kept)
	}
	if n := value(t, w, `SELECT count(*)::text FROM exceptions WHERE code = 'API-06'`); n != "0" {
		t.Errorf("three guesses call somebody %s times", n)
	}
}
