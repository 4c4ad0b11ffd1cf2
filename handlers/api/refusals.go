package api

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
)

// countRefusals tells of each call to the API that was answered 401 or 403 and
// brought the secret of a key that is or was somebody's. Guesses count for nobody.
func (a *API) countRefusals(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !strings.HasPrefix(c.Request().URL.Path, "/api/") {
			return next(c)
		}
		var key models.APIKey // to ask for it again would cost each guess a look into the database
		c.SetRequest(c.Request().WithContext(models.WithFoundKey(c.Request().Context(), &key)))
		err := next(c)
		if status := c.Response().Status; key.ID != 0 && (status == http.StatusUnauthorized || status == http.StatusForbidden) {
			a.cfg.Troubles.Refused(key)
		}
		return err
	}
}
