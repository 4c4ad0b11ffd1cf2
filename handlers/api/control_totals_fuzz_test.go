package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/handlers/api"
	"throughline/models"
)

// keptTotals keeps what gets through to the store.
type keptTotals struct{ got []models.ControlTotal }

func (k *keptTotals) State(_ context.Context, totals []models.ControlTotal) ([]models.ControlTotal, error) {
	k.got = totals
	return totals, nil
}

// FuzzControlTotals holds that no body, whatever is in it, states a total that is
// not valid, and that each is answered by what its sender did wrong.
func FuzzControlTotals(f *testing.F) {
	const good = `{"totals":[{"type":"throughline.inventory.balance.v1","dc":"LEE","since":"2026-03-02T07:00:00Z","until":"2026-03-02T08:00:00Z","events":5}]}`
	for _, seed := range []string{
		good, strings.Replace(good, "5", "1e400", 1), strings.Replace(good, "5", "9223372036854775807", 1), strings.Replace(good, "5", "null", 1),
		strings.Replace(good, "2026-03-02T08", "0000-01-01T00", 1), strings.Replace(good, "2026", "9999", 1), strings.Replace(good, "LEE", "\\u0000", 1),
		`{"totals":null}`, `{}`, `[]`, `null`, "", "\xff", `{"totals":[null]}`,
	} {
		f.Add(seed)
	}
	kept, e := &keptTotals{}, echo.New()
	fake := fakes{}
	if _, err := api.Mount(e, api.Config{
		Version: "1", Intake: fake, Keys: fake, Books: fake, Retention: fake, Positions: fake, Stock: fake, Contracts: fake, Changes: fake, Exports: fake, Totals: kept, Files: fake, Traces: fake,
		Cadences: feeds{}, Budgets: budgets{}, Ages: ages{}, Latency: latencies{}, Alarms: calls{}, Recommendations: fake, Shelves: noShelves{}, Pauses: noPauses{}, Audit: trail{}, Status: status,
	}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		kept.got = nil
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/control-totals", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer good")
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, req)
		if rec.Code != http.StatusOK && (rec.Code < 400 || rec.Code >= 500 || kept.got != nil) {
			t.Fatalf("%q is answered %d: %s", body, rec.Code, rec.Body)
		}
		if (rec.Code == http.StatusOK) != (len(kept.got) > 0) {
			t.Fatalf("%q is answered %d and states %+v", body, rec.Code, kept.got)
		}
		for _, total := range kept.got {
			if err := total.Validate(time.Now()); err != nil || total.Source == "" || total.Events < 0 {
				t.Errorf("%q states %+v: %v", body, total, err)
			}
		}
	})
}
