package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func stated(t *testing.T, key, body string) (int, map[string]any) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/control-totals", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	rec := httptest.NewRecorder()
	mount(t, fakes{}).ServeHTTP(rec, req)
	var answer map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%d %s: %v", rec.Code, rec.Body, err)
	}
	return rec.Code, answer
}

func TestASourceStatesWhatItSent(t *testing.T) {
	const good = `{"totals":[{"type":"throughline.inventory.balance.v1","dc":"LEE","since":"2026-03-02T07:00:00Z","until":"2026-03-02T08:00:00Z","events":5}]}`
	code, answer := stated(t, "good", good)
	totals, _ := answer["totals"].([]any)
	if code != http.StatusOK || len(totals) != 1 {
		t.Fatalf("%d %v", code, answer)
	}
	total, _ := totals[0].(map[string]any)
	if total["accepted"] != 3.0 || total["missing"] != 2.0 || total["dc"] != "LEE" {
		t.Errorf("the answer is %v", total)
	}
	for name, tt := range map[string]struct {
		key, body, says string
		code            int
	}{
		"no key":          {"none", good, "key", http.StatusUnauthorized},
		"a reader's key":  {"reads", good, "may read and not send", http.StatusForbidden},
		"an unknown type": {"good", strings.Replace(good, "balance", "guess", 1), "/contracts/", http.StatusUnprocessableEntity},
		"a time ahead":    {"good", strings.Replace(good, "08:00:00Z", "09:00:00Z", 1), "lies ahead", http.StatusUnprocessableEntity},
		"a time turned":   {"good", strings.Replace(good, "08:00:00Z", "06:00:00Z", 1), "after its since", http.StatusUnprocessableEntity},
		"a long time":     {"good", strings.Replace(good, "02T07:00", "01T07:00", 1), "24 hours", http.StatusUnprocessableEntity},
		"less than none":  {"good", strings.Replace(good, ":5}", ":-1}", 1), "events", http.StatusUnprocessableEntity},
		"null":            {"good", `{"totals":null}`, "at least one", http.StatusUnprocessableEntity},
		"nothing":         {"good", `{"totals":[]}`, "totals", http.StatusUnprocessableEntity},
	} {
		code, answer := stated(t, tt.key, tt.body)
		detail, _ := answer["detail"].(string)
		if code != tt.code || !strings.Contains(detail, tt.says) {
			t.Errorf("%s: %d %q, want %d with %q", name, code, detail, tt.code, tt.says)
		}
	}
}
