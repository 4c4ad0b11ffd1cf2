package handlers

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
	"throughline/web/session"
)

// secretOverlapMax bounds how long two secrets sign.
const secretOverlapMax = 7 * 24 * time.Hour

func secretHref(name string) string { return routeHref(name) + "/secret" }

// SecretForm answers GET /routes/:name/secret.
func (h *Routes) SecretForm(c echo.Context) error {
	view, err := h.secretView(c)
	if err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.RouteSecretPage(view))
}

// RotateSecret answers POST /routes/:name/secret with the new secret: it stands
// in this answer and nowhere else.
func (h *Routes) RotateSecret(c echo.Context) error {
	name, reason := c.Param("name"), strings.TrimSpace(c.FormValue("reason"))
	overlap, err := secretOverlap(c.FormValue("overlap"))
	if err != nil {
		return err
	}
	if reason == "" {
		return models.Errorf(models.CodeInvalid, "Say why.")
	}
	user, _ := session.User(c.Request().Context())
	secret, err := h.Operate.RotateSecret(c.Request().Context(), name, c.FormValue("fingerprint"), overlap, user.Name, reason)
	refused, isRefusal := errors.AsType[*models.Error](err)
	if err != nil && (!isRefusal || refused.Code != models.CodeConflict) {
		return err
	}
	view, err := h.secretView(c)
	if err != nil {
		return err
	}
	if isRefusal {
		view.Refused = &ui.Notice{Kind: ui.Failed, Title: "Nothing was replaced", Detail: refused.Message}
		return render.HTML(c, http.StatusConflict, pages.RouteSecretPage(view))
	}
	view.Secret = secret
	return render.HTML(c, http.StatusOK, pages.RouteSecretPage(view))
}

// secretOverlap reads for how long the old secret signs too; nothing is a day.
func secretOverlap(text string) (time.Duration, error) {
	if text == "" {
		return 24 * time.Hour, nil
	}
	overlap, err := time.ParseDuration(text)
	if err != nil || overlap < 0 || overlap > secretOverlapMax {
		return 0, models.Errorf(models.CodeInvalid, "Say for how long the old secret signs too: a time like 24h, at most 168h, or 0h to end it at once.")
	}
	return overlap, nil
}

func (h *Routes) secretView(c echo.Context) (pages.RouteSecret, error) {
	name, now := c.Param("name"), h.Frame.Now()
	s, err := h.Operate.RouteSecret(c.Request().Context(), name)
	if err != nil {
		return pages.RouteSecret{}, err
	}
	page := h.Frame.Page(c, layout.NavRoutes, "Rotate the secret of the route to "+name)
	page.Lead = "A new secret signs from the next delivery on, and for a while the old one beside it"
	page.Crumbs = []layout.Crumb{{Title: "Routes", Href: "/routes"}, {Title: name, Href: routeHref(name)}}
	page.Live = livePath()
	view := pages.RouteSecret{
		Page: page, Route: name, Action: secretHref(name), Fingerprint: s.Fingerprint,
		Facts: []ui.Fact{{Key: "The secret in force", Value: secretOrigin(s)}},
	}
	if s.OldUntil != nil && s.OldUntil.After(now) {
		view.Facts = append(view.Facts, ui.Fact{Key: "The one before it", Value: "signs too until " + s.OldUntil.UTC().Format("2 Jan 15:04") + " UTC, and no longer once you replace this one"})
	}
	if s.Declared {
		view.Facts = append(view.Facts, ui.Fact{Key: "throughline.yaml", Value: "names a variable for this route; a secret made here holds until that variable has another value than it had and the file is applied"})
	}
	return view, nil
}

func secretOrigin(s models.RouteSecret) string {
	switch {
	case s.RotatedAt != nil:
		return "was made here, " + s.RotatedAt.UTC().Format("2 Jan 2006 15:04") + " UTC"
	case s.Declared:
		return "comes from the environment, by throughline.yaml"
	}
	return "was given when the route was made"
}
