package webtest_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"throughline/models"
	"throughline/views/layout"
	"throughline/web/authz"
	"throughline/web/webtest"
)

// mustReach are the addresses that answer without an account.
func public() map[string]bool {
	return map[string]bool{
		"GET /healthz": true, "GET /readyz": true, "GET /metrics": true, "GET /live": true,
		"HEAD /healthz": true, "HEAD /readyz": true, "GET /static/*": true, "HEAD /static/*": true, "POST /theme": true,
		"GET /sign-in": true, "POST /sign-in": true, "POST /sign-out": true,
	}
}

func TestEveryRouteIsInTheTableAndAsksWhoCalls(t *testing.T) {
	w := webtest.Start(t)
	inTable := map[string]bool{}
	stranger := w.Stranger()
	for _, r := range w.Server().Routes() {
		name := r.Method + " " + r.Path
		inTable[name] = true
		open := r.Permission == authz.Public || r.Permission == authz.Visitor
		if open != public()[name] {
			t.Errorf("%s has permission %s: public routes are listed in this test", name, r.Permission)
		}
		if open {
			continue
		}
		path := regexp.MustCompile(`:\w+|\*`).ReplaceAllString(r.Path, "1")
		p := stranger.Do(r.Method, path, nil, http.Header{"Accept": {"text/html"}, "Sec-Fetch-Site": {"same-origin"}})
		if !strings.HasPrefix(p.Header.Get("Location"), "/sign-in") {
			t.Errorf("%s answers a stranger with %d", name, p.Status)
		}
	}
	for _, r := range w.Server().Mounted() {
		apiOwn := strings.HasPrefix(r.Path, "/api/") || strings.HasPrefix(r.Path, "/contracts")
		if name := r.Method + " " + r.Path; !inTable[name] && !apiOwn {
			t.Errorf("%s is not in the route table", name)
		}
	}
}

func TestEachRoleLandsOnItsOwnPage(t *testing.T) {
	w := webtest.Start(t)
	for _, role := range models.Roles() {
		c := w.SignIn(role)
		if p := c.Get("/"); p.Header.Get("Location") != layout.Home(role) {
			t.Errorf("%s lands on %q, want %q", role, p.Header.Get("Location"), layout.Home(role))
		}
	}
}

func TestSignInKeepsItsSecrets(t *testing.T) {
	w := webtest.Start(t)
	w.SignIn(models.RoleIT)
	c := w.Stranger()
	wrong := c.Post("/sign-in", url.Values{"name": {"test-it"}, "password": {"not the password"}})
	unknown := c.Post("/sign-in", url.Values{"name": {"nobody"}, "password": {"not the password"}})
	says := func(p *webtest.Page) string { return p.Find("#sign-in-problem").Text() }
	if wrong.Status != http.StatusUnprocessableEntity || unknown.Status != wrong.Status || says(unknown) != says(wrong) || says(wrong) == "" {
		t.Fatalf("a wrong password (%d %q) can be told from an unknown account (%d %q)", wrong.Status, says(wrong), unknown.Status, says(unknown))
	}
	for range 4 {
		c.Post("/sign-in", url.Values{"name": {"test-it"}, "password": {"not the password"}})
	}
	limited := c.Post("/sign-in", url.Values{"name": {"test-it"}, "password": {webtest.Password}})
	if limited.Status != http.StatusTooManyRequests || limited.Header.Get("Retry-After") == "" {
		t.Fatalf("five failures are not limited: %d", limited.Status)
	}
}

func TestSignInLeadsBackButNeverElsewhere(t *testing.T) {
	w := webtest.Start(t)
	w.SignIn(models.RoleIT)
	for next, want := range map[string]string{
		"/flow?dc=LON": "/flow?dc=LON", "https://elsewhere.example/": layout.Home(models.RoleIT),
		"//elsewhere.example": layout.Home(models.RoleIT), `/\elsewhere.example`: layout.Home(models.RoleIT),
	} {
		p := w.Stranger().Post("/sign-in", url.Values{"name": {"test-it"}, "password": {webtest.Password}, "next": {next}})
		if got := p.Header.Get("Location"); got != want {
			t.Errorf("next=%q leads to %q, want %q", next, got, want)
		}
	}
}

func TestSessionIsNewAtSignInAndOverAtSignOut(t *testing.T) {
	w := webtest.Start(t)
	c := w.SignIn(models.RoleIT)
	before := c.Cookie("throughline")
	c.Post("/sign-in", url.Values{"name": {"test-it"}, "password": {webtest.Password}})
	after := c.Cookie("throughline")
	if before == "" || after == "" || before == after {
		t.Fatalf("the session kept its token through a sign-in")
	}
	c.SetCookie("throughline", before)
	if p := c.Get("/"); p.Header.Get("Location") != "/sign-in" {
		t.Fatal("the token from before the sign-in still works")
	}
	c.SetCookie("throughline", after)
	c.Post("/sign-out", nil)
	c.SetCookie("throughline", after)
	if p := c.Get("/"); p.Header.Get("Location") != "/sign-in" {
		t.Fatal("the token works after the sign-out")
	}
}

func TestNewPasswordEndsSessions(t *testing.T) {
	w := webtest.Start(t)
	c := w.SignIn(models.RoleIT)
	w.SetPassword("test-it", "another good password")
	if p := c.Get("/"); p.Header.Get("Location") != "/sign-in" {
		t.Fatal("the session outlived the password")
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	w := webtest.Start(t)
	c := w.SignIn(models.RoleIT)
	p := c.Do(http.MethodPost, "/sign-out", nil, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Accept": {"text/html"}})
	if p.Status != http.StatusForbidden {
		t.Fatalf("another site's form was taken: %d", p.Status)
	}
	if p := c.Get("/"); p.Header.Get("Location") == "/sign-in" {
		t.Fatal("and it signed out")
	}
}

func TestAnswersCarryTheirPolicy(t *testing.T) {
	w := webtest.Start(t)
	p := w.Stranger().Get("/sign-in")
	if csp := p.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'self'") || strings.Contains(csp, "unsafe") {
		t.Errorf("the content policy is %q", csp)
	}
	if n := p.Find("script:not([src]), style, [style], [onclick]").Length(); n > 0 {
		t.Errorf("%d elements carry what the policy forbids", n)
	}
	if got := w.Stranger().Do(http.MethodGet, "/api/nothing", nil, nil).Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("an API error is %q", got)
	}
}
