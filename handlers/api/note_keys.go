package api

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
)

// noteKeys tells of each call to the API that brought the secret of a key that is
// or was somebody's: when it was answered 401 or 403, and what made it otherwise.
// A guess counts for nobody, but for the address that it came from.
func (a *API) noteKeys(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !strings.HasPrefix(c.Request().URL.Path, "/api/") {
			return next(c)
		}
		var key models.APIKey // to ask for it again would cost each guess a look into the database
		c.SetRequest(c.Request().WithContext(models.WithFoundKey(c.Request().Context(), &key)))
		err := next(c)
		status := c.Response().Status
		refused := status == http.StatusUnauthorized || status == http.StatusForbidden
		switch {
		case key.ID == 0 && status == http.StatusUnauthorized && c.Request().Header.Get("Authorization") != "" && a.cfg.Guessed != nil:
			a.cfg.Guessed(c.RealIP())
		case key.ID == 0:
		case refused && a.cfg.Troubles != nil:
			a.cfg.Troubles.Refused(key)
		case !refused && a.cfg.Software != nil:
			a.cfg.Software.Saw(c.Request().Context(), key, c.Request().UserAgent())
		}
		return err
	}
}
