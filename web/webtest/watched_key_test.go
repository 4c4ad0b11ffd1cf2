package webtest_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

// TestOfASourceThatIsConnectedSomethingIsExpected asks for keys as the command line does.
func TestOfASourceThatIsConnectedSomethingIsExpected(t *testing.T) {
	w := webtest.Start(t)
	for _, tc := range []struct {
		key      models.APIKey
		interval time.Duration
		reason   string
		refused  string // in the sentence; empty when a key is made
		expected string // of the source then, in seconds
	}{
		{key: models.APIKey{Source: "wms"}, interval: time.Minute, reason: "both", refused: "not both"},
		{key: models.APIKey{Source: "wms"}, interval: 10 * time.Minute, expected: "600"},
		{key: models.APIKey{Source: "wms"}, expected: "600"}, // as it is
		{key: models.APIKey{Source: "oms"}, expected: "86400"},
		{key: models.APIKey{Source: "oms"}, reason: "  ", expected: "86400"},
		{key: models.APIKey{Source: "fair"}, reason: "It sends at fairs only.", expected: "none"},
		{key: models.APIKey{Source: "fair"}, expected: "none"},
		{key: models.APIKey{Source: "lake", Scopes: []models.Scope{models.ScopeRead}}, expected: "none"}, // it sends nothing
	} {
		secret, err := app.AddWatchedKey(t.Context(), w.DB, tc.key, tc.interval, tc.reason)
		if tc.refused != "" {
			if models.CodeOf(err) != models.CodeInvalid || !strings.Contains(err.Error(), tc.refused) {
				t.Errorf("%+v: %v", tc, err)
			}
			continue
		}
		if err != nil || secret == "" {
			t.Errorf("%+v: %v", tc, err)
		}
		if got := value(t, w, `SELECT coalesce(nullif(max(interval_s), 0)::text, 'none') FROM sources WHERE source = '`+tc.key.Source+`'`); got != tc.expected {
			t.Errorf("%+v: %s is expected, want %s", tc, got, tc.expected)
		}
	}
	if why := value(t, w, `SELECT string_agg(reason, '|') FROM audit WHERE action = 'key.add' AND reason <> ''`); why != "It sends at fairs only." {
		t.Errorf("the audit keeps %q", why)
	}
}
