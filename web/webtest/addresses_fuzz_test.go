package webtest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// FuzzAddresses holds what a person may make of an address: every page
// and list answers it, or refuses it with words; it is never a fault of ours.
func FuzzAddresses(f *testing.F) {
	seeds := []string{
		"priority=P1,P2&code=WFL-02&dc=LON&since=1795739385", "since=9223372036854775807", "since=-9223372036854775808", "view=escalated&text=%25_%5C",
		"open=9223372036854775807", "q=85123A%2FLON", "q=%00", "q=PO-1&at=9999-12-31T23:59:59Z", "priority=,,&view=causes&source=-", "state=held&age=month&group=x&open=00000000",
		"q=TL-", "q=@", "q=a@b%23-1", "run=1e9", "actor=ann&action=exception.&subject=R-1&from=2026-03-02&to=2026-03-02T10:00&open=1", "from=9999-12-31&to=0001-01-01", "after=eyJzIjoibW9uZXkifQ",
		"item=%00&dc=%00&open=A%40%00&measure=x", "item=A&open=A@LON@&measure=available&show=differing&page=99999999999", "period=x&role=zz&dc=%27&page=-1",
		"held=99999999999&before=9223372036854775807&show=all", "sort=-value&page=2", "sort=-title&after=%5B%22-title%22%2C%22a%22%2C%221%22%5D", "sort=--%00",
		"supplier=-&category=Home+textiles&class=%00&heat=category-dc&page=2",
	}
	w := webtest.Start(f)
	admin, paths := w.SignIn(models.RoleAdmin), listed(w)
	for i, seed := range seeds {
		for n := i % 2; n < len(paths); n += 2 {
			f.Add(seed, n)
		}
	}
	f.Fuzz(func(t *testing.T, query string, n int) {
		values, err := url.ParseQuery(query)
		if err != nil || n < 0 {
			return // no address carries it
		}
		path := paths[n%len(paths)]
		if p := admin.For(t).Get(path + "?" + values.Encode()); p.Status >= http.StatusInternalServerError {
			t.Errorf("%s?%s: %d %s", path, values.Encode(), p.Status, p.Find(".failure").Text())
		}
	})
}

// listed are the addresses that answer a person without naming one thing.
func listed(w *webtest.Tower) []string {
	var paths []string
	for _, r := range w.Server().Mounted() {
		endless := slices.ContainsFunc([]string{"/live", "/static", "/healthz", "/readyz", "/metrics", "/api/v1/export", "/api/openapi", "/contracts"}, func(path string) bool {
			return strings.HasPrefix(r.Path, path)
		})
		if r.Method == http.MethodGet && !strings.ContainsAny(r.Path, ":*{") && !endless {
			paths = append(paths, r.Path)
		}
	}
	slices.Sort(paths)
	return append(paths, "/exceptions/it", "/exceptions/procurement", "/routes/lake/refused")
}
