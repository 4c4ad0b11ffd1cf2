package webtest_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

// oddNames are what somebody may write where a path names one thing.
func oddNames() []string {
	return []string{
		"1", "12", "0", "-1", "9223372036854775807", "9223372036854775808", "1e3", "00000000-0000-0000-0000-000000000007", "\x00", "a\x00b", "\xff", "..", ".", "a/b", "%", "%00",
		"'", `"<>`, "erp", "lake", "P1", "API-07", "85123A@LON", "PO-1", "source", "é", strings.Repeat("9", 3000),
	}
}

var parameter = regexp.MustCompile(`:\w+|\{\w+\}|\*`)

// named is an address with a name in the place of each parameter.
func named(path, name string) string {
	return parameter.ReplaceAllLiteralString(path, url.PathEscape(name))
}

// routes are those of a method whose path holds a parameter or not, but what has no
// end, serves files or takes the session away.
func routes(w *webtest.Tower, keep func(method, path string) bool) (found [][2]string) {
	left := []string{"/live", "/static", "/sign-", "/password", "/users"}
	for _, r := range w.Server().Mounted() {
		if !slices.ContainsFunc(left, func(path string) bool { return strings.HasPrefix(r.Path, path) }) && keep(r.Method, r.Path) {
			found = append(found, [2]string{r.Method, r.Path})
		}
	}
	slices.SortFunc(found, func(a, b [2]string) int { return strings.Compare(a[1]+a[0], b[1]+b[0]) })
	return found
}

// signedOut says that an answer shows nothing of what was asked for.
func signedOut(p *webtest.Page) bool { return strings.HasPrefix(p.Header.Get("Location"), "/sign-in") }

// FuzzParameters holds what a person may make of a path that names one thing: it is
// shown or refused with words; it is never a fault of ours.
func FuzzParameters(f *testing.F) {
	w := integrationDesk(f)
	admin := w.SignIn(models.RoleAdmin)
	paths := routes(w, func(method, path string) bool { return method == http.MethodGet && parameter.MatchString(path) })
	for i := range paths {
		for j := i % 4; j < len(oddNames()); j += 4 {
			f.Add(oddNames()[j], i)
		}
	}
	f.Fuzz(func(t *testing.T, name string, n int) {
		if n < 0 || name == "" {
			return
		}
		path := named(paths[n%len(paths)][1], name)
		if p := admin.For(t).Get(path); p.Status >= http.StatusInternalServerError || signedOut(p) {
			t.Errorf("%s: %d %s", path, p.Status, p.Find(".failure").Text())
		}
	})
}

// FuzzForms holds the same of what is sent to the acts of the pages.
func FuzzForms(f *testing.F) {
	w := integrationDesk(f)
	admin := w.SignIn(models.RoleAdmin)
	acts := routes(w, func(method, path string) bool { return method == http.MethodPost && !strings.HasPrefix(path, "/api/") })
	bodies := []string{
		"", "reason=Because&note=x&for=1h&until=2026-03-02T10:00&owner=ann&team=it&state=parked&up_to=99&base=0&version=1", "reason=%00&note=%FF&for=-1h&until=x&owner=%00&team=%00&state=%00&up_to=x&base=-1",
		"reason=r&for=9999999h&quantity=1e400&value=-0&id=9223372036854775808&payload=%7B&patch=%5B%5D&action=edit&scope=all&canary=1&rate=1&stop=1&code=TRF-06", "%zz=%", "name=a&source=erp&kind=source&days=1&from=9999-12-31&to=0001-01-01&answer=yes",
	}
	for i := range acts {
		for j := i % 3; j < len(bodies); j += 3 {
			f.Add(oddNames()[(i+j)%len(oddNames())], bodies[j], i)
			f.Add("12", bodies[j], i)
		}
	}
	f.Fuzz(func(t *testing.T, name, body string, n int) {
		if n < 0 || name == "" {
			return
		}
		path := named(acts[n%len(acts)][1], name)
		p := admin.For(t).Do(http.MethodPost, path, strings.NewReader(body), http.Header{
			"Accept": {"text/html"}, "Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"same-origin"},
		})
		if p.Status >= http.StatusInternalServerError || signedOut(p) {
			t.Errorf("%s with %q: %d %s", path, body, p.Status, p.Find(".failure").Text())
		}
	})
}

// FuzzBodies holds the same of the bodies that machines send, which are refused as
// problems of RFC 9457.
func FuzzBodies(f *testing.F) {
	w := integrationDesk(f)
	secret, err := app.AddKey(f.Context(), w.DB, models.APIKey{Source: "erp", Scopes: []models.Scope{models.ScopeSend, models.ScopeRead, models.ScopeOperate}}, 0)
	if err != nil {
		f.Fatal(err)
	}
	client := w.Stranger()
	acts := routes(w, func(method, path string) bool {
		return method != http.MethodGet && method != http.MethodHead && strings.HasPrefix(path, "/api/")
	})
	bodies := []string{
		"", "null", "[]", "{}", "[null]", `"x"`, "\xff", "{", `{"a":1e400}`, strings.Repeat("[", 20_000),
		`{"item":"85123A","dc":"LON","dry_run":true,"reason":"r","for":"1h","until":"2026-03-02T10:00:00Z"}`, `{"item":"\u0000","dc":"\u0000","reason":"\u0000","for":"-1h","until":"9999-12-31T23:59:59Z"}`,
		`{"filter":{"code":["TRF-06"]},"change":{"owner":"ann"},"reason":"r","totals":[null]}`, `{"id":"R-1","item":"85123A","dc":"LON","quantity":1e400,"lines":[null]}`,
	}
	for i := range acts {
		for j, body := range bodies {
			if (i+j)%2 == 0 {
				f.Add(oddNames()[(i+j)%len(oddNames())], body, i)
			}
		}
	}
	f.Fuzz(func(t *testing.T, name, body string, n int) {
		if n < 0 || name == "" {
			return
		}
		act := acts[n%len(acts)]
		p := client.For(t).Do(act[0], named(act[1], name), strings.NewReader(body), http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + secret}})
		if p.Status >= http.StatusInternalServerError || p.Status >= http.StatusBadRequest && p.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s with %.200q: %d %s %.300s", act[0], named(act[1], name), body, p.Status, p.Header.Get("Content-Type"), p.Body)
		}
	})
}
