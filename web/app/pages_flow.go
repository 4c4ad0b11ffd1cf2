package app

import (
	"net/http"
	"time"

	"throughline/handlers"
	"throughline/models/store"
	"throughline/web"
	"throughline/web/authz"
)

// flowRoutes are the way of a recommendation: what is decided, and what became of it.
func (p *Program) flowRoutes() []web.Route {
	approvals := p.approvalsPage()
	return []web.Route{
		{Method: http.MethodGet, Path: "/approvals", Permission: authz.SignedIn, Handler: approvals.List},
		{Method: http.MethodGet, Path: "/approvals/:recommendation", Permission: authz.SignedIn, Handler: approvals.Show},
		{Method: http.MethodPost, Path: "/approvals/:recommendation/approve", Permission: authz.ApproveProposals, Handler: approvals.Approve},
		{Method: http.MethodPost, Path: "/approvals/:recommendation/reject", Permission: authz.ApproveProposals, Handler: approvals.Reject},
		{Method: http.MethodPost, Path: "/approvals/:recommendation/recompute", Permission: authz.ApproveProposals, Handler: approvals.Recompute},
	}
}

func (p *Program) approvalsPage() *handlers.Approvals {
	overview := store.NewOverview(p.db)
	return &handlers.Approvals{
		Frame: p.frame(), Read: p.approvals(), Workflow: p.workflow, DCs: overview, Suppliers: overview,
		Policy: p.policy,
	}
}

func (p *Program) approvals() *store.Approvals {
	return store.NewApprovals(p.db, store.BasisRule{Clock: p.businessTime(), Window: basisWindow}, time.Now)
}
