package program

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/gorilla/websocket"
)

// Visitor is a person's session without a browser: pages by HTTP, and the
// websocket that keeps them current.
type Visitor struct {
	t    testing.TB
	base string
	http *http.Client
	jar  http.CookieJar
}

// SignIn opens a session of a demo account at the tower that answers at base.
func SignIn(t testing.TB, base, name string) *Visitor {
	t.Helper()
	return SignInWith(t, base, name, DemoPassword)
}

// SignInWith opens a session of any account.
func SignInWith(t testing.TB, base, name, password string) *Visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &Visitor{t: t, base: base, jar: jar, http: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
	if status := v.Post("/sign-in", url.Values{"name": {name}, "password": {password}}); status != http.StatusOK {
		t.Fatalf("%s cannot sign in: %d", name, status)
	}
	return v
}

// Post submits a form and gives the status at the end of its redirects.
func (v *Visitor) Post(path string, form url.Values) int {
	v.t.Helper()
	res, err := v.http.PostForm(v.base+path, form) //nolint:noctx // the client has a time-out
	if err != nil {
		v.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// Page reads a page; nil when it is not answered with 200.
func (v *Visitor) Page(path string) *goquery.Document {
	v.t.Helper()
	res, err := v.http.Get(v.base + path) //nolint:noctx // the client has a time-out
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil
	}
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		v.t.Fatalf("read %s: %v", path, err)
	}
	return doc
}

// Links are the addresses within the tower that a page leads to, once each.
func Links(page *goquery.Document, path string) []string {
	here, err := url.Parse(path)
	if err != nil {
		return nil
	}
	var links []string
	seen := map[string]bool{}
	page.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
		to, err := here.Parse(a.AttrOr("href", ""))
		if err != nil || to.Host != "" || !strings.HasPrefix(to.Path, "/") {
			return
		}
		to.Fragment = ""
		if link := to.String(); !seen[link] {
			seen[link] = true
			links = append(links, link)
		}
	})
	return links
}

// Live connects to the topics of pages, as an open page does. dialer decides
// how; its jar becomes the visitor's.
func (v *Visitor) Live(dialer websocket.Dialer, topics ...string) (*websocket.Conn, error) {
	dialer.Jar = v.jar
	address := strings.Replace(v.base, "http://", "ws://", 1) + "/live?" + url.Values{"topic": topics}.Encode()
	conn, res, err := dialer.DialContext(v.t.Context(), address, http.Header{"Origin": {v.base}})
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address, err)
	}
	_ = res.Body.Close()
	return conn, nil
}
