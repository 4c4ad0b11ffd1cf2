package app

import (
	"time"

	"throughline/handlers"
	"throughline/models"
	"throughline/models/store"
	"throughline/web"
	"throughline/web/authz"
)

// frame is what all pages share.
func (p *Program) frame() *handlers.Frame {
	frame := &handlers.Frame{
		Badges: store.NewOverview(p.db), Clock: p.businessTime, Now: time.Now,
		Version: p.cfg.Version, Demo: p.cfg.Demo != nil, Log: p.cfg.Log, Money: p.money,
	}
	if p.nightly() {
		frame.Exchange = "nightly files"
	}
	return frame
}

func (p *Program) businessTime() models.BusinessClock { return *p.clock.Load() }

func (p *Program) overviewPage() *handlers.Overview {
	return &handlers.Overview{
		Frame: p.frame(), Network: p.network(), Latency: store.NewLatency(p.db),
		Books: store.NewBooks(p.db), Exceptions: store.NewExceptions(p.db), Pauses: store.NewPauses(p.db), Targets: p.targets,
	}
}

// pages are the screens of planners, procurement, executives and everybody.
func (p *Program) pages() []web.Route {
	frame, network, exceptions := p.frame(), p.network(), store.NewExceptions(p.db)
	dc := &handlers.DC{Frame: frame, Network: network, Latency: store.NewLatency(p.db), Cover: network, Targets: p.targets}
	executive := &handlers.Executive{Frame: frame, Measures: store.NewMeasures(p.db, func() models.BusinessClock { return *p.clock.Load() }), Exceptions: exceptions, DCs: network, Throughput: p.throughput}
	layers := &handlers.Layers{Frame: frame, Read: network, Routes: p.routeDesk(), DCs: network, Policy: p.policy, Targets: p.targets}
	myDay := &handlers.MyDay{
		Frame: frame, Read: network, Exceptions: exceptions, Influence: store.NewInfluence(p.db), Consumer: replenishmentSubscription,
		Queue: p.exceptionsPage(),
	}
	stock := &handlers.Stock{Frame: frame, Read: store.NewStockTruths(p.db), Runs: store.NewReconciles(p.db), Copies: reconcileDesk{p}, DCs: network, Policy: p.policy}
	return []web.Route{
		shown("/stock", authz.SignedIn, stock.List),
		shown("/overview", authz.SignedIn, p.overviewPage().Show),
		shown("/layers", authz.SignedIn, layers.Show),
		shown("/dcs/:dc", authz.SignedIn, dc.Show),
		shown("/executive", authz.ViewMeasures, executive.Show),
		shown("/executive/:measure", authz.ViewMeasures, executive.Drill),
		shown("/my-day", authz.PlanDay, myDay.Show),
		shown("/concentration", authz.ViewPlanning, (&handlers.ConcentrationPage{Frame: frame, Read: network}).Show),
	}
}
