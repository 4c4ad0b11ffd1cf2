package app

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"throughline/handlers"
	"throughline/static"
	"throughline/views/layout"
	"throughline/web"
	"throughline/web/authz"
	"throughline/web/render"
	"throughline/web/session"
)

// routes is the table of everything that people open. The JSON API mounts its own.
func (p *Program) routes(sessions *session.Manager) []web.Route {
	signIn := &handlers.SignIn{Auth: sessions, Accounts: p.shownAccounts()}
	return []web.Route{
		{Method: http.MethodGet, Path: static.Prefix + "*", Permission: authz.Public, Handler: staticFiles()},
		{Method: http.MethodHead, Path: static.Prefix + "*", Permission: authz.Public, Handler: staticFiles()},
		{Method: http.MethodPost, Path: layout.ThemePath, Permission: authz.Public, Handler: render.SetTheme},

		{Method: http.MethodGet, Path: "/sign-in", Permission: authz.Visitor, Handler: signIn.Form},
		{Method: http.MethodPost, Path: "/sign-in", Permission: authz.Visitor, Handler: signIn.Submit},
		{Method: http.MethodPost, Path: "/sign-out", Permission: authz.Visitor, Handler: signIn.SignOut},
		{Method: http.MethodGet, Path: "/", Permission: authz.SignedIn, Handler: signIn.Home},
	}
}

// mountAPI adds the JSON API, which authenticates by itself.
func (p *Program) mountAPI(*echo.Echo) error { return nil }

// shownAccounts are the demo's, where everybody may know them.
func (p *Program) shownAccounts() []layout.Account {
	if p.demoPassword == "" {
		return nil
	}
	return demoAccounts(p.demoPassword)
}
