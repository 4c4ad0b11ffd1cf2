package app

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"throughline/handlers"
	"throughline/models/store"
	"throughline/static"
	"throughline/views/layout"
	"throughline/web"
	"throughline/web/authz"
	"throughline/web/render"
)

// routes is the table of everything that people open. The JSON API mounts its own.
func (p *Program) routes() []web.Route {
	signIn := &handlers.SignIn{Frame: p.frame(), Auth: p.sessions, Accounts: p.demoAccounts}
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
	return slices.Concat(table, p.pages(), p.itPages(), p.workRoutes(), p.listRoutes(), p.flowRoutes(), p.demoRoutes())
}

// workRoutes are where people do something about exceptions.
func (p *Program) workRoutes() []web.Route {
	exceptions := p.exceptionsPage()
	shelves := store.NewKindShelves(p.db, p.clocks)
	kinds := &handlers.KindShelves{Frame: p.frame(), Read: shelves, Operate: shelves, Owner: p.kindOwner, Policy: p.policy}
	triage := p.triagePage()
	return []web.Route{
		{Method: http.MethodGet, Path: "/exceptions", Permission: authz.SignedIn, Handler: exceptions.Own},
		{Method: http.MethodGet, Path: "/exceptions/planning", Permission: authz.ViewPlanning, Handler: exceptions.Planning},
		{Method: http.MethodGet, Path: "/exceptions/procurement", Permission: authz.ViewProcurement, Handler: exceptions.Procurement},
		{Method: http.MethodGet, Path: "/exceptions/it", Permission: authz.ViewFlow, Handler: exceptions.IT},
		{Method: http.MethodGet, Path: "/exceptions/:id", Permission: authz.SignedIn, Handler: exceptions.Show},
		{Method: http.MethodPost, Path: "/exceptions/:id/undo", Permission: authz.WorkExceptions, Handler: exceptions.Undo},
		{Method: http.MethodPost, Path: "/exceptions/:id/:action", Permission: authz.WorkExceptions, Handler: exceptions.Change},
		{Method: http.MethodPost, Path: "/exceptions/:id/steps/:step", Permission: authz.WorkExceptions, Handler: exceptions.Tick},
		{Method: http.MethodPost, Path: "/exceptions/:id/moves/:move", Permission: authz.WorkExceptions, Handler: exceptions.Move},
		{Method: http.MethodGet, Path: "/kind-shelves/:id", Permission: authz.SignedIn, Handler: kinds.Show},
		{Method: http.MethodPost, Path: "/kind-shelves", Permission: authz.WorkExceptions, Handler: kinds.Shelve},
		{Method: http.MethodPost, Path: "/kind-shelves/:id/end", Permission: authz.WorkExceptions, Handler: kinds.End},
		{Method: http.MethodPost, Path: "/triage", Permission: authz.WorkExceptions, Handler: triage.Plan},
		{Method: http.MethodGet, Path: "/triage/:id", Permission: authz.WorkExceptions, Handler: triage.Show},
		{Method: http.MethodPost, Path: "/triage/:id/run", Permission: authz.WorkExceptions, Handler: triage.Run},
		{Method: http.MethodPost, Path: "/triage/:id/undo", Permission: authz.WorkExceptions, Handler: triage.Undo},
	}
}

// lists are how each reader arranges the lists of the pages.
func (p *Program) lists() *handlers.Lists {
	return &handlers.Lists{Keep: store.NewLists(p.db), Views: store.NewLists(p.db)}
}

// listRoutes are open to every account: they change what its own pages show.
func (p *Program) listRoutes() []web.Route {
	lists := p.lists()
	return []web.Route{
		{Method: http.MethodPost, Path: "/lists/columns", Permission: authz.SignedIn, Handler: lists.Columns},
		{Method: http.MethodPost, Path: "/lists/views", Permission: authz.SignedIn, Handler: lists.SaveView},
		{Method: http.MethodPost, Path: "/lists/views/:id/change", Permission: authz.SignedIn, Handler: lists.ChangeView},
		{Method: http.MethodPost, Path: "/lists/views/:id/delete", Permission: authz.SignedIn, Handler: lists.DeleteView},
	}
}

func (p *Program) exceptionsPage() *handlers.Exceptions {
	return &handlers.Exceptions{
		Frame: p.frame(), Store: store.NewExceptions(p.db), Lists: p.lists(), Groups: store.NewExceptions(p.db), Moves: p.moves(), Rereads: rereads{p}, Near: store.NewFailures(p.db), Runbooks: p.runbooks,
		DCs: store.NewOverview(p.db), People: store.NewUsers(p.db), Owner: p.kindOwner, Clocks: p.clocks, Policy: p.policy,
	}
}

func (p *Program) triagePage() *handlers.Triage {
	return &handlers.Triage{Frame: p.frame(), Store: store.NewTriages(p.db), People: store.NewUsers(p.db), Policy: p.policy}
}

// demoRoutes are there only where there is something to break and to try.
func (p *Program) demoRoutes() []web.Route {
	if p.cfg.Demo == nil {
		return nil
	}
	faults := &handlers.Faults{Frame: p.frame(), Board: p.faultBoard()}
	gallery := &handlers.Gallery{Frame: p.frame()}
	return []web.Route{
		{Method: http.MethodGet, Path: "/break-something", Permission: authz.BreakSomething, Handler: faults.Show},
		{Method: http.MethodPost, Path: "/break-something/:fault", Permission: authz.BreakSomething, Handler: faults.Break},
		{Method: http.MethodGet, Path: "/gallery", Permission: authz.SignedIn, Handler: gallery.Show},
	}
}

func (p *Program) connectLive(c echo.Context) error {
	p.hub.ServeHTTP(c.Response(), c.Request())
	if !c.Response().Committed { // the connection is the hub's now
		c.Response().Status = http.StatusSwitchingProtocols
	}
	return nil
}
