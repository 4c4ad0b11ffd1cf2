package webtest_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

// TestASourceIsConnectedOnlyWithWhatTellsItsSilence asks for keys as the command line does.
func TestASourceIsConnectedOnlyWithWhatTellsItsSilence(t *testing.T) {
	w := webtest.Start(t)
	read := models.APIKey{Source: "lake", Scopes: []models.Scope{models.ScopeRead}}
	for _, tc := range []struct {
		key      models.APIKey
		interval time.Duration
		reason   string
		refused  string // in the sentence; empty when a key is made
	}{
		{key: models.APIKey{Source: "wms"}, refused: "--interval TIME"},
		{key: models.APIKey{Source: "wms"}, reason: "  ", refused: "--interval TIME"},
		{key: models.APIKey{Source: "wms"}, interval: time.Minute, reason: "both", refused: "not both"},
		{key: models.APIKey{Source: "wms"}, interval: 10 * time.Minute},
		{key: models.APIKey{Source: "wms"}}, // declared before
		{key: models.APIKey{Source: "fair"}, reason: "It sends at fairs only."},
		{key: models.APIKey{Source: "fair"}, refused: "--interval TIME"},
		{key: read}, // it sends nothing
	} {
		secret, err := app.AddWatchedKey(t.Context(), w.DB, tc.key, tc.interval, tc.reason)
		switch {
		case tc.refused == "" && (err != nil || secret == ""):
			t.Errorf("%+v: %v", tc, err)
		case tc.refused != "" && (models.CodeOf(err) != models.CodeInvalid || !strings.Contains(err.Error(), tc.refused)):
			t.Errorf("%+v: %v", tc, err)
		}
	}
	if n := value(t, w, `SELECT count(*)::text FROM api_keys WHERE source IN ('wms', 'fair', 'lake')`); n != "4" {
		t.Errorf("%s keys were made, want 4", n)
	}
	if why := value(t, w, `SELECT string_agg(reason, '|') FROM audit WHERE action = 'key.add' AND reason <> ''`); why != "It sends at fairs only." {
		t.Errorf("the audit keeps %q", why)
	}
}
