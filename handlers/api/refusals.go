package api

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// countRefusals tells of each call to the API that was answered 401 or 403 and
// brought the secret of a key that is or was somebody's. Guesses count for nobody.
func (a *API) countRefusals(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		status := c.Response().Status
		if status != http.StatusUnauthorized && status != http.StatusForbidden || !strings.HasPrefix(c.Request().URL.Path, "/api/") {
			return err
		}
		// It was authenticated a moment ago, and is remembered since.
		if key, _ := a.cfg.Keys.Authenticate(c.Request().Context(), c.Request().Header.Get(echo.HeaderAuthorization)); key.ID != 0 {
			a.cfg.Troubles.Refused(key)
		}
		return err
	}
}
