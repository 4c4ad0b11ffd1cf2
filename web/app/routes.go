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
)

// routes is the table of everything that people open. The JSON API mounts its own.
func (p *Program) routes() []web.Route {
	signIn := &handlers.SignIn{Auth: p.sessions, Accounts: p.shownAccounts()}
	table := []web.Route{
		{Method: http.MethodGet, Path: static.Prefix + "*", Permission: authz.Public, Handler: staticFiles()},
		{Method: http.MethodHead, Path: static.Prefix + "*", Permission: authz.Public, Handler: staticFiles()},
		{Method: http.MethodPost, Path: layout.ThemePath, Permission: authz.Public, Handler: render.SetTheme},

		// The hub asks by itself who connects, so as to close with a code that pages understand.
		{Method: http.MethodGet, Path: web.LivePath, Permission: authz.Public, Handler: p.connectLive},

		{Method: http.MethodGet, Path: "/sign-in", Permission: authz.Visitor, Handler: signIn.Form},
		{Method: http.MethodPost, Path: "/sign-in", Permission: authz.Visitor, Handler: signIn.Submit},
		{Method: http.MethodPost, Path: "/sign-out", Permission: authz.Visitor, Handler: signIn.SignOut},
		{Method: http.MethodGet, Path: "/", Permission: authz.SignedIn, Handler: signIn.Home},
	}
	return append(table, p.pages()...)
}

func (p *Program) connectLive(c echo.Context) error {
	p.hub.ServeHTTP(c.Response(), c.Request())
	if !c.Response().Committed { // the connection is the hub's now
		c.Response().Status = http.StatusSwitchingProtocols
	}
	return nil
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
