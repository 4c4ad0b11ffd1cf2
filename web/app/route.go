package app

import (
	"context"
	"net/netip"
	"time"

	"throughline/models/store"
	"throughline/sync/route"
)

// startRoute delivers what took effect to the systems that subscribed.
func (p *Program) startRoute(ctx context.Context) error {
	allow := p.cfg.AllowPrivate
	if p.cfg.Demo != nil {
		allow = append(allow, netip.MustParsePrefix("127.0.0.0/8"))
	}
	router, err := route.New(route.Config{Store: countedRoutes{store.NewRoutes(p.db), p.metrics}, Allow: allow, Retries: p.declared.Deliver, Circuits: p.circuits, Tracer: p.tracer, Logger: p.cfg.Log})
	if err != nil {
		return err
	}
	for _, s := range p.subscriptions {
		if err := router.Ensure(ctx, s); err != nil {
			return err
		}
	}
	p.router, p.backlog = router, route.NewBacklog(p.db)
	service, err := route.NewService(router, time.Second)
	if err != nil {
		return err
	}
	p.onApplied(service.Wake)
	return p.startService(ctx, "route", service)
}
