package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"throughline/handlers/api"
	"throughline/models"
)

// lookups knows one key, which was revoked, and counts how often it is asked.
type lookups struct{ asked int }

func (l *lookups) Authenticate(ctx context.Context, authorization string) (models.APIKey, error) {
	l.asked++
	var key models.APIKey
	if authorization == "Bearer revoked" {
		key = models.APIKey{ID: 7, Source: "wms"}
		models.KeepFoundKey(ctx, key)
	}
	return key, models.Errorf(models.CodeUnauthenticated, "Bring a key.")
}

// turnedAway are the ids of the keys that were refused.
type turnedAway []int64

func (t *turnedAway) Refused(key models.APIKey) { *t = append(*t, key.ID) }

func TestARefusedCallLooksForItsKeyOnce(t *testing.T) {
	keys, told, e, f := &lookups{}, &turnedAway{}, echo.New(), fakes{}
	var guessed []string
	_, err := api.Mount(e, api.Config{
		Version: "1", Intake: f, Keys: keys, Books: f, Retention: f, Positions: f, Stock: f, Contracts: f, Changes: f, Exports: f, Totals: f, Files: f, Traces: f,
		Cadences: feeds{}, Budgets: budgets{}, Ages: ages{}, Latency: latencies{}, Alarms: calls{}, Recommendations: f, Shelves: noShelves{}, Pauses: noPauses{}, Audit: trail{}, Status: status, Troubles: told,
		Guessed: func(address string) { guessed = append(guessed, address) },
	})
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"/api/v1/books", "/api/v1/changes", "/api/v1/audit"}
	for _, path := range paths {
		for _, secret := range []string{"Bearer guess", "Bearer revoked", ""} {
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
			if secret != "" {
				req.Header.Set(authorization, secret)
			}
			rec := httptest.NewRecorder()
			if e.ServeHTTP(rec, req); rec.Code != http.StatusUnauthorized {
				t.Errorf("%s with %s: %d", path, secret, rec.Code)
			}
		}
	}
	if len(guessed) != len(paths) || guessed[0] != "192.0.2.1" {
		t.Errorf("guesses came from %q", guessed)
	}
	if keys.asked != 3*len(paths) || len(*told) != len(paths) {
		t.Errorf("%d look-ups for %d calls, told of %v", keys.asked, 3*len(paths), *told)
	}
}
