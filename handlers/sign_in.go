// Package handlers answers people's requests: one struct a screen or resource,
// with the interfaces it needs beside it.
package handlers

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/web/render"
	"throughline/web/session"
)

// Authenticator signs people in and out.
type Authenticator interface {
	SignIn(ctx context.Context, address, name, password string) (models.User, error)
	SignOut(ctx context.Context) error
}

// SignIn is the sign-in page. Accounts are the demo's, shown to be picked;
// none elsewhere.
type SignIn struct {
	Frame    *Frame
	Auth     Authenticator
	Accounts []layout.Account
}

// Form answers GET /sign-in; who is signed in goes on to the start page.
func (h *SignIn) Form(c echo.Context) error {
	if user, ok := session.User(c.Request().Context()); ok {
		return c.Redirect(http.StatusSeeOther, layout.Home(user.Role))
	}
	return h.draw(c, http.StatusOK, layout.SignIn{Next: localPath(c.QueryParam("next"))})
}

// Submit answers POST /sign-in.
func (h *SignIn) Submit(c echo.Context) error {
	name, next := strings.TrimSpace(strings.ToLower(c.FormValue("name"))), localPath(c.FormValue("next"))
	user, err := h.Auth.SignIn(c.Request().Context(), c.RealIP(), name, c.FormValue("password"))
	var limited *session.LimitedError
	switch {
	case errors.As(err, &limited):
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(limited.RetryAfter.Seconds()))))
		return h.draw(c, http.StatusTooManyRequests, layout.SignIn{Name: name, Next: next, Problem: limited.Error()})
	case err != nil && models.CodeOf(err) == models.CodeUnauthenticated:
		return h.draw(c, http.StatusUnprocessableEntity, layout.SignIn{Name: name, Next: next, Problem: err.Error()})
	case err != nil:
		return err
	}
	if next == "" {
		next = layout.Home(user.Role)
	}
	return c.Redirect(http.StatusSeeOther, next)
}

// SignOut answers POST /sign-out.
func (h *SignIn) SignOut(c echo.Context) error {
	if err := h.Auth.SignOut(c.Request().Context()); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/sign-in")
}

// Home answers GET / with the start page of the role.
func (h *SignIn) Home(c echo.Context) error {
	user, _ := session.User(c.Request().Context())
	return c.Redirect(http.StatusSeeOther, layout.Home(user.Role))
}

func (h *SignIn) draw(c echo.Context, status int, page layout.SignIn) error {
	page.Theme, page.Accounts, page.Clock = render.Theme(c.Request()), h.Accounts, h.Frame.ShownClock(h.Frame.Now())
	return render.HTML(c, status, layout.SignInPage(page))
}

// localPath is next where it is a path on this site, else empty: a link that
// signs people in must not lead them elsewhere.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return ""
	}
	return next
}
