// Package render turns components into answers. A component is drawn into a
// buffer first, so that a fault while drawing is an error page and never half
// a page with status 200.
package render

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

const htmlType = "text/html; charset=utf-8"

// HTML draws a component and answers with it. Nothing has been written when
// it returns an error from drawing.
func HTML(c echo.Context, status int, component templ.Component) error {
	var page bytes.Buffer
	if err := component.Render(c.Request().Context(), &page); err != nil {
		return fmt.Errorf("draw page: %w", err)
	}
	header := c.Response().Header()
	header.Add(echo.HeaderVary, "HX-Request")
	header.Set(echo.HeaderCacheControl, "no-store")
	return c.Blob(status, htmlType, page.Bytes())
}

// Bytes draws a component for the live hub, which sends the same bytes to
// many readers.
func Bytes(ctx context.Context, component templ.Component) ([]byte, error) {
	var fragment bytes.Buffer
	if err := component.Render(ctx, &fragment); err != nil {
		return nil, fmt.Errorf("draw fragment: %w", err)
	}
	return fragment.Bytes(), nil
}

// WantsFragment tells whether htmx asked for a part of a page rather than the
// browser for the whole.
func WantsFragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Request-Type") != "full"
}

// IsHTMX tells whether htmx sent the request, for a part or for a page.
func IsHTMX(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true"
}

// PageOr draws the whole page, or only the fragment where htmx asked for it.
func PageOr(c echo.Context, status int, page, fragment templ.Component) error {
	if WantsFragment(c.Request()) {
		return HTML(c, status, fragment)
	}
	return HTML(c, status, page)
}

// Redirect leads on after a change: a browser by 303, htmx by its header,
// since fetch would follow a 303 without the page noticing.
func Redirect(c echo.Context, url string) error {
	if IsHTMX(c.Request()) {
		c.Response().Header().Set("HX-Redirect", url)
		return c.NoContent(http.StatusOK)
	}
	return c.Redirect(http.StatusSeeOther, url)
}
