// Package webtest lets tests use a whole tower as people do: through HTTP,
// signed in, with the answers as documents.
package webtest

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/web/app"
)

// Password opens every account that this package makes.
const Password = "correct horse battery"

const patience = 30 * time.Second

// Tower is a running tower on a database of its own.
type Tower struct {
	*app.Program
	DB *store.DB // a second pool on the tower's database, to arrange and to look
	t  testing.TB
}

// Start runs a tower with one account a role, until the test ends, each option
// applied to its configuration.
func Start(t testing.TB, options ...func(*app.Config)) *Tower {
	t.Helper()
	dsn := storetest.DSN(t)
	cfg := app.Config{Addr: "127.0.0.1:0", DatabaseURL: dsn, Data: t.TempDir(), Version: "test"}
	for _, option := range options {
		option(&cfg)
	}
	program, err := app.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := program.Stop(ctx); err != nil {
			t.Errorf("stop the tower: %v", err)
		}
	})
	if err := program.Start(t.Context()); err != nil {
		t.Fatalf("start the tower: %v", err)
	}
	db, err := store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return &Tower{Program: program, DB: db, t: t}
}

// SignIn makes an account of the role, when there is none, and signs in with it.
func (w *Tower) SignIn(role models.Role) *Client {
	w.t.Helper()
	name := "test-" + string(role)
	_, err := app.AddUser(w.t.Context(), w.DB, models.User{Name: name, FullName: "Test " + string(role), Role: role}, Password)
	if err != nil && models.CodeOf(err) != models.CodeConflict {
		w.t.Fatal(err)
	}
	c := w.Stranger()
	if p := c.Post("/sign-in", url.Values{"name": {name}, "password": {Password}}); p.Status != http.StatusSeeOther {
		w.t.Fatalf("sign in as %s: %d %s", role, p.Status, p.Text())
	}
	return c
}

// Stranger is a browser that has not signed in.
func (w *Tower) Stranger() *Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &Client{t: w.t, base: w.URL(), http: &http.Client{
		Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Client is one browser. It follows no redirects.
type Client struct {
	t    testing.TB
	base string
	http *http.Client
}

// Page is an answer.
type Page struct {
	*goquery.Document
	Status int
	Header http.Header
	Body   string
}

// For is the same client, whose failures are another test's.
func (c *Client) For(t testing.TB) *Client {
	return &Client{t: t, base: c.base, http: c.http}
}

// Get asks for a page as a browser does.
func (c *Client) Get(path string) *Page {
	c.t.Helper()
	return c.Do(http.MethodGet, path, nil, http.Header{"Accept": {"text/html"}})
}

// Post sends a form.
func (c *Client) Post(path string, form url.Values) *Page {
	c.t.Helper()
	return c.Do(http.MethodPost, path, strings.NewReader(form.Encode()), http.Header{
		"Accept": {"text/html"}, "Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"same-origin"},
	})
}

// Do sends any request.
func (c *Client) Do(method, path string, body io.Reader, header http.Header) *Page {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header = header
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(text)))
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return &Page{Document: doc, Status: res.StatusCode, Header: res.Header, Body: string(text)}
}

// Cookie is the value of a cookie, empty when there is none.
func (c *Client) Cookie(name string) string {
	for _, cookie := range c.http.Jar.Cookies(c.address()) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// SetCookie puts a cookie into the browser.
func (c *Client) SetCookie(name, value string) {
	c.http.Jar.SetCookies(c.address(), []*http.Cookie{{Name: name, Value: value, Path: "/"}}) //nolint:gosec // of a test
}

func (c *Client) address() *url.URL {
	u, err := url.Parse(c.base)
	if err != nil {
		c.t.Fatal(err)
	}
	return u
}

// SetPassword changes an account's password as the command line does.
func (w *Tower) SetPassword(name, password string) {
	w.t.Helper()
	if _, err := app.SetPassword(w.t.Context(), w.DB, name, password); err != nil {
		w.t.Fatal(err)
	}
}
