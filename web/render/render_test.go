package render_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/views/layout"
	"throughline/views/ui"
	"throughline/web/render"
)

func exchange(header http.Header) (echo.Context, *httptest.ResponseRecorder) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header = header
	w := httptest.NewRecorder()
	return echo.New().NewContext(r, w), w
}

func htmx(kind string) http.Header {
	return http.Header{"Hx-Request": {"true"}, "Hx-Request-Type": {kind}}
}

func TestFaultWhileDrawingWritesNothing(t *testing.T) {
	c, w := exchange(http.Header{})
	broken := templ.ComponentFunc(func(_ context.Context, out io.Writer) error {
		if _, err := io.WriteString(out, "<p>half a page"); err != nil {
			return err
		}
		return errors.New("the other half")
	})
	if err := render.HTML(c, http.StatusOK, broken); err == nil {
		t.Fatal("a page that cannot be drawn was answered")
	}
	if c.Response().Committed || w.Body.Len() > 0 {
		t.Errorf("half a page was written: %q", w.Body)
	}
}

func TestHTMXGetsTheFragmentAndABrowserThePage(t *testing.T) {
	for name, tc := range map[string]struct {
		header http.Header
		body   string
	}{
		"browser":             {http.Header{}, "page"},
		"htmx, a part":        {htmx("partial"), "part"},
		"htmx, the whole one": {htmx("full"), "page"},
	} {
		c, w := exchange(tc.header)
		if err := render.PageOr(c, http.StatusOK, ui.Text("page"), ui.Text("part")); err != nil {
			t.Fatal(err)
		}
		if w.Body.String() != tc.body {
			t.Errorf("%s got %q", name, w.Body)
		}
	}
}

func TestRedirectIsSeenByHTMX(t *testing.T) {
	c, w := exchange(htmx("partial"))
	if err := render.Redirect(c, "/approvals"); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusOK || w.Header().Get("HX-Redirect") != "/approvals" {
		t.Errorf("htmx got %d %v", w.Code, w.Header())
	}
	c, w = exchange(http.Header{})
	if err := render.Redirect(c, "/approvals"); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/approvals" {
		t.Errorf("a browser got %d %v", w.Code, w.Header())
	}
}

func TestThemeIsKeptAndLeadsBackToOurOwnPagesOnly(t *testing.T) {
	for referer, to := range map[string]string{"http://example.com/flow?dc=1": "/flow?dc=1", "http://elsewhere.test/x": "/", "": "/"} {
		r := httptest.NewRequest(http.MethodPost, layout.ThemePath, strings.NewReader(url.Values{"theme": {"dark"}}.Encode()))
		r.Header.Set("Content-Type", echo.MIMEApplicationForm)
		r.Header.Set("Referer", referer)
		w := httptest.NewRecorder()
		if err := render.SetTheme(echo.New().NewContext(r, w)); err != nil {
			t.Fatal(err)
		}
		if got := w.Header().Get("Location"); got != to {
			t.Errorf("from %q it led to %q", referer, got)
		}
		next := httptest.NewRequest(http.MethodGet, "/", nil)
		for _, cookie := range w.Result().Cookies() {
			next.AddCookie(cookie)
		}
		if got := render.Theme(next); got != layout.Dark {
			t.Errorf("the choice came back as %q", got)
		}
	}
}
