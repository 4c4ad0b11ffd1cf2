package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/web/authz"
	"throughline/web/session"
)

// reasoned is something that a person does for a reason. It answers in a
// sentence what came of it.
type reasoned func(ctx context.Context, actor, reason string) (done string, err error)

// act does it for whoever asks and tells what came of it. A refusal that the
// reader can understand is told in the same place.
func act(c echo.Context, do reasoned) error {
	user, _ := session.User(c.Request().Context())
	done, err := do(c.Request().Context(), user.Name, strings.TrimSpace(c.FormValue("reason")))
	var refused *models.Error
	switch {
	case errors.As(err, &refused) && refused.Code == models.CodeConflict:
		return toast(c, http.StatusConflict, refused.Message, true)
	case errors.As(err, &refused) && refused.Code == models.CodePrecondition:
		return toast(c, http.StatusPreconditionFailed, refused.Message, true)
	case err != nil:
		return err
	}
	return toast(c, http.StatusOK, done, false)
}

// flowCrumbs are the way to a detail of the flow, for those who may walk it.
func flowCrumbs(c echo.Context, policy authz.Policy, crumbs ...layout.Crumb) []layout.Crumb {
	if !may(c, policy, authz.ViewFlow) {
		return nil
	}
	return crumbs
}

// may tells whether whoever asks is allowed to.
func may(c echo.Context, policy authz.Policy, permission authz.Permission) bool {
	user, _ := session.User(c.Request().Context())
	return policy.Allows(user.Role, permission)
}
