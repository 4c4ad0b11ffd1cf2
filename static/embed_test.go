package static_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"throughline/static"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestAddressNamesTheContentAndIsKeptForEver(t *testing.T) {
	for name, contentType := range map[string]string{"app.css": "text/css", "app.js": "javascript"} {
		url := static.URL(name)
		if !regexp.MustCompile(`^/static/app\.[0-9a-f]{12}\.(css|js)$`).MatchString(url) {
			t.Errorf("%s has the address %s", name, url)
		}
		w := get(t, url)
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Type"), contentType) {
			t.Errorf("%s: %d %s", url, w.Code, w.Header().Get("Content-Type"))
		}
		if cache := w.Header().Get("Cache-Control"); !strings.Contains(cache, "immutable") {
			t.Errorf("%s: Cache-Control %q", url, cache)
		}
	}
}

func TestAddressFromBeforeAnUpgradeGetsTodaysContentButIsNotKept(t *testing.T) {
	w := get(t, "/static/app.000000000000.css")
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("answered %d with Cache-Control %q", w.Code, w.Header().Get("Cache-Control"))
	}
}

func TestUnknownFilesAndOurSourcesAreNotServed(t *testing.T) {
	for _, path := range []string{"/static/nothing.js", "/static/PLACEHOLDER", "/static/css/00-tokens.css", "/static/../embed.go", "/static/"} {
		if w := get(t, path); w.Code != http.StatusNotFound {
			t.Errorf("%s answered %d", path, w.Code)
		}
	}
}

func TestStyleSheetHasNoUnlinkedAsset(t *testing.T) {
	if strings.Contains(get(t, static.URL("app.css")).Body.String(), "asset:") {
		t.Error("a url(asset:…) was left in the style sheet")
	}
}
