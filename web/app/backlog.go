package app

import (
	"context"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/route"
)

// routeDesk reads subscriptions and deliveries; what a route is behind is what its
// filter takes.
type routeDesk struct {
	*store.Failures
	backlog *route.Backlog
}

func (p *Program) routeDesk() routeDesk {
	return routeDesk{store.NewFailures(p.db), p.backlog}
}

// RouteStatuses reads how every subscription stands, by name; name "" means all.
func (d routeDesk) RouteStatuses(ctx context.Context, p models.Period, name string) ([]models.RouteStatus, error) {
	routes, err := d.Failures.RouteStatuses(ctx, p, name)
	if err != nil {
		return nil, err
	}
	return routes, d.backlog.Statuses(ctx, routes)
}

// flowDesk reads the flow in the same way.
type flowDesk struct {
	*store.Flow
	backlog *route.Backlog
}

// Map reads the hops of a cut over a period that ends now.
func (d flowDesk) Map(ctx context.Context, p models.Period, cut models.FlowCut) (models.FlowMap, error) {
	flow, err := d.Flow.Map(ctx, p, cut)
	if err != nil {
		return flow, err
	}
	return flow, d.backlog.Hops(ctx, flow.Hops, cut)
}
