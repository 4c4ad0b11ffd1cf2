package app

import (
	"net/http"
	"time"

	"throughline/handlers"
	"throughline/models/store"
	"throughline/web"
	"throughline/web/authz"
)

// replenishmentSubscription is the one whose deliveries reach the replenishment engine.
const replenishmentSubscription = "replenishment"

// flowRoutes are the way of a recommendation: what is decided, and what became of it.
func (p *Program) flowRoutes() []web.Route {
	frame, network := p.frame(), store.NewOverview(p.db)
	approvals := p.approvalsPage()
	chains := store.NewChains(p.db, p.basisRule(), replenishmentSubscription, time.Now)
	chain := &handlers.Chain{
		Frame: frame, Read: chains,
		Events: store.NewFailures(p.db), Policy: p.policy,
	}
	influence := &handlers.Influence{
		Frame: frame, Read: store.NewInfluence(p.db), Engine: p.systems.replenishment, DCs: network, Lists: p.lists(), Policy: p.policy,
		Consumer: replenishmentSubscription, Audit: store.NewAudit(p.db),
	}
	onTime := &handlers.OnTime{
		Frame: frame, Read: store.NewInfluence(p.db), Windows: p.revisionWindow, DCs: network, Policy: p.policy, Consumer: replenishmentSubscription,
	}
	orders := &handlers.Orders{Frame: frame, Read: p.approvals(), Workflow: p.writeDesk(), DCs: network, Lists: p.lists(), Policy: p.policy}
	confirmations := &handlers.Confirmations{Frame: frame, Read: p.approvals(), DCs: network, Lists: p.lists(), Policy: p.policy}
	notices := &handlers.SupplierNotices{Frame: frame, Read: p.approvals(), Policy: p.policy}
	fallbacks := &handlers.Fallbacks{Frame: frame, Keep: store.NewFallbacks(p.db)}
	return []web.Route{
		{Method: http.MethodGet, Path: "/approvals", Permission: authz.SignedIn, Handler: approvals.List},
		{Method: http.MethodGet, Path: "/approvals/:recommendation", Permission: authz.SignedIn, Handler: approvals.Show},
		{Method: http.MethodPost, Path: "/approvals/:recommendation/approve", Permission: authz.ApproveProposals, Handler: approvals.Approve},
		{Method: http.MethodPost, Path: "/approvals/:recommendation/reject", Permission: authz.ApproveProposals, Handler: approvals.Reject},
		{Method: http.MethodPost, Path: "/approvals/:recommendation/recompute", Permission: authz.ApproveProposals, Handler: approvals.Recompute},
		{Method: http.MethodPost, Path: "/approvals/:recommendation/questions", Permission: authz.ApproveProposals, Handler: approvals.Ask},
		{Method: http.MethodPost, Path: "/approvals/:recommendation/questions/:question/answer", Permission: authz.PlanDay, Handler: approvals.Answer},
		{Method: http.MethodPost, Path: "/approvals/fallbacks/:source/lift", Permission: authz.ApproveProposals, Handler: fallbacks.Lift},
		{Method: http.MethodPost, Path: "/approvals/fallbacks/:source/restore", Permission: authz.ApproveProposals, Handler: fallbacks.Restore},
		{Method: http.MethodGet, Path: "/orders", Permission: authz.SignedIn, Handler: orders.List},
		{Method: http.MethodPost, Path: "/orders/:write/resubmit", Permission: authz.ApproveProposals, Handler: orders.Resubmit},
		{Method: http.MethodGet, Path: "/confirmations", Permission: authz.SignedIn, Handler: confirmations.List},
		shown("/supplier-notices", authz.SignedIn, notices.List),
		{Method: http.MethodPost, Path: "/supplier-notices/:seq/seen", Permission: authz.ApproveProposals, Handler: notices.See},
		{Method: http.MethodGet, Path: "/chain", Permission: authz.SignedIn, Handler: chain.Show},
		shown("/sales-orders/:number", authz.SignedIn, (&handlers.SalesOrder{Frame: frame, Read: chains}).Show),
		{Method: http.MethodGet, Path: "/search", Permission: authz.SignedIn, Handler: chain.Search},
		{Method: http.MethodGet, Path: "/influence", Permission: authz.PlanDay, Handler: influence.Show},
		shown("/influence/on-time", authz.SignedIn, onTime.Show),
		{Method: http.MethodPost, Path: "/influence/evaluate", Permission: authz.PlanDay, Handler: influence.Evaluate},
	}
}

func (p *Program) approvalsPage() *handlers.Approvals {
	overview := store.NewOverview(p.db)
	return &handlers.Approvals{
		Frame: p.frame(), Lists: p.lists(), Read: p.approvals(), Workflow: p.workflow, DCs: overview, Suppliers: overview,
		Fallbacks: store.NewFallbacks(p.db), Policy: p.policy,
	}
}

func (p *Program) approvals() *store.Approvals {
	return store.NewApprovals(p.db, p.basisRule(), time.Now)
}

func (p *Program) basisRule() store.BasisRule {
	return store.BasisRule{Clock: p.businessTime(), Window: p.basisWindow()}
}
