package render

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"throughline/views/layout"
)

// Theme is the reader's choice of colours, from the cookie.
func Theme(r *http.Request) layout.Theme {
	cookie, err := r.Cookie(layout.ThemeCookie)
	if err != nil {
		return layout.System
	}
	return layout.ParseTheme(cookie.Value)
}

// SetTheme answers POST layout.ThemePath for a browser without script: it
// keeps the choice in the cookie and leads back to the page it came from.
func SetTheme(c echo.Context) error {
	theme := layout.ParseTheme(c.FormValue("theme"))
	maxAge := -1
	if theme != layout.System {
		maxAge = 365 * 24 * 60 * 60
	}
	// Not HttpOnly: the page's script writes the same cookie.
	c.SetCookie(&http.Cookie{ //nolint:gosec // a colour scheme, no secret
		Name: layout.ThemeCookie, Value: string(theme), Path: "/", MaxAge: maxAge, SameSite: http.SameSiteLaxMode,
	})
	return c.Redirect(http.StatusSeeOther, back(c.Request()))
}

// back is the path the reader came from; another site's is never followed.
func back(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || from.Path == "" {
		return "/"
	}
	return from.RequestURI()
}
