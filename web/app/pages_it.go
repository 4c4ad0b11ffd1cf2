package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/handlers"
	"throughline/models"
	"throughline/models/store"
	"throughline/sync/contract"
	"throughline/web"
	"throughline/web/authz"
	"throughline/web/live"
)

func (p *Program) flowPage() *handlers.Flow {
	return &handlers.Flow{Frame: p.frame(), Read: flowDesk{store.NewFlow(p.db), p.backlog}, Pauses: store.NewPauses(p.db), DCs: store.NewOverview(p.db), Targets: p.targets}
}

// flowTopic is drawn once for all who look at the same DC. Backlogs grow
// without any hint, so it is drawn anew now and then.
func (p *Program) flowTopic() live.Kind {
	return live.Kind{
		Draw: p.flowPage().Draw, Every: 5 * time.Second,
		Follows: []models.Topic{models.TopicOverview, models.TopicRoutes, models.TopicExceptions},
		Allow: func(user models.User, _ models.Topic) bool {
			return authz.NewPolicy().Allows(user.Role, authz.ViewFlow)
		},
	}
}

// itPages are the screens of IT and the details that exceptions lead to.
func (p *Program) itPages() []web.Route {
	return slices.Concat(p.eventPages(), p.routePages(), p.healthPages())
}

// shown is a page or a form.
func shown(path string, permission authz.Permission, handler echo.HandlerFunc) web.Route {
	return web.Route{Method: http.MethodGet, Path: path, Permission: permission, Handler: handler}
}

// operated is what only those who operate the flow may do.
func operated(path string, handler echo.HandlerFunc) web.Route {
	return web.Route{Method: http.MethodPost, Path: path, Permission: authz.OperateFlow, Handler: handler}
}

// eventPages are about single events, groups of them and the ERP's writes.
func (p *Program) eventPages() []web.Route {
	frame, failures, dcs, policy := p.frame(), store.NewFailures(p.db), store.NewOverview(p.db), authz.NewPolicy()
	holds := store.NewEventHolds(p.db)
	events := &handlers.Events{
		Frame: frame, Read: failures, Canonical: canonical{}, Replay: p.apply, Editor: p.apply, Policy: policy,
		Holds: holds, Router: eventRouter{p}, People: store.NewUsers(p.db),
	}
	parked := &handlers.Parked{
		Frame: frame, Read: failures, Near: failures, Exceptions: store.NewExceptions(p.db), Held: holds, Refused: failures, Replay: p.apply, DCs: dcs, Lists: p.lists(),
		LogKept: p.declared.Retain.Filled()[models.KeptLog], Policy: policy,
	}
	bulks := &handlers.Bulk{Frame: frame, Read: store.NewBulks(p.db), Events: failures, Groups: failures, Operate: p.bulk, DCs: dcs}
	rejected := &handlers.Rejected{Frame: frame, Read: failures, Policy: policy}
	writes := &handlers.Writes{Frame: frame, Read: failures, Operate: p.writeDesk(), Retries: p.declared.Order.Filled(models.OrderRetries()), Policy: policy}
	traces := &handlers.Traces{Frame: frame, Read: failures, Policy: policy}
	return []web.Route{
		shown("/traces/:id", authz.SignedIn, traces.Show),
		shown("/events/:seq", authz.SignedIn, events.Show),
		operated("/events/:seq/retry", events.Retry),
		operated("/events/:seq/discard", events.Discard),
		operated("/events/:seq/hold", events.Hold),
		operated("/events/:seq/release", events.Release),
		operated("/events/:seq/route", events.Route),
		shown("/events/:seq/edit", authz.ViewPayloads, events.EditForm),
		operated("/events/:seq/check", events.Check),
		operated("/events/:seq/edit", events.Edit),
		shown("/bulk", authz.ViewFlow, bulks.List),
		shown("/bulk/new", authz.OperateFlow, bulks.Form),
		operated("/bulk", bulks.Plan),
		shown("/bulk/:id", authz.ViewFlow, bulks.Show),
		operated("/bulk/:id/go-on", bulks.GoOn),
		operated("/bulk/:id/cancel", bulks.Cancel),
		shown("/parked", authz.ViewFlow, parked.List),
		operated("/parked/:fingerprint/retry", parked.Retry),
		operated("/parked/:fingerprint/discard", parked.Discard),
		shown("/rejected", authz.ViewFlow, rejected.List),
		shown("/writes/:id", authz.SignedIn, writes.Show),
		operated("/writes/:id/resubmit", writes.Resubmit),
		operated("/writes/:id/discard", writes.Discard),
	}
}

// routePages are about what goes out, and what is stopped.
func (p *Program) routePages() []web.Route {
	frame, failures, policy := p.frame(), store.NewFailures(p.db), authz.NewPolicy()
	routes := &handlers.Routes{Frame: frame, Read: p.routeDesk(), Operate: failures, Circuits: store.NewCircuits(p.db), Canonical: canonical{}, Messages: messages{store.NewRoutes(p.db)}, Retries: p.declared.Deliver.Filled(models.DeliveryRetries()), Policy: policy}
	refused := &handlers.Refused{Frame: frame, Read: failures, Operate: p.refusedDesk(), Messages: messages{store.NewRoutes(p.db)}, Policy: policy}
	desk := p.pauseDesk()
	pauses := &handlers.Pauses{Frame: frame, Read: desk, Operate: desk, Policy: policy}
	return []web.Route{
		shown("/routes", authz.ViewFlow, routes.List),
		shown("/routes/:name", authz.ViewFlow, routes.Show),
		shown("/routes/:name/refused", authz.ViewFlow, refused.List),
		shown("/routes/:name/refused/:id", authz.ViewFlow, refused.Show),
		operated("/routes/:name/refused/deliver", refused.DeliverAll),
		operated("/routes/:name/refused/:id/deliver", refused.Deliver),
		operated("/routes/:name/refused/:id/discard", refused.Discard),
		operated("/routes/:name/pause", routes.Pause),
		operated("/routes/:name/resume", routes.Resume),
		shown("/routes/:name/rewind", authz.OperateFlow, routes.RewindForm),
		operated("/routes/:name/rewind", routes.Rewind),
		shown("/routes/:name/secret", authz.OperateFlow, routes.SecretForm),
		operated("/routes/:name/secret", routes.RotateSecret),
		shown("/pauses", authz.ViewFlow, pauses.List),
		operated("/pauses/:kind/:name/pause", pauses.Pause),
		operated("/pauses/:kind/:name/resume", pauses.Resume),
		operated("/pauses/:kind/:name/plan", pauses.Plan),
		operated("/pauses/planned/:id/cancel", pauses.Cancel),
		shown("/deliveries/:id", authz.SignedIn, routes.Delivery),
		operated("/deliveries/:id/retry", routes.RetryDelivery),
		operated("/deliveries/:id/skip", routes.SkipDelivery),
	}
}

// healthPages tell how the flow and its accounts stand.
func (p *Program) healthPages() []web.Route {
	frame, dcs, policy := p.frame(), store.NewOverview(p.db), authz.NewPolicy()
	books := &handlers.Books{Frame: frame, Read: store.NewBooks(p.db), Retention: store.NewPartitions(p.db), Kept: store.NewRetention(p.db, p.declared.Retain), Policy: policy}
	reconciles, latency := store.NewReconciles(p.db), store.NewLatency(p.db)
	reconciliation := &handlers.Reconciliation{Frame: frame, Read: reconciles, Signer: reconciles, Asker: reconcileDesk{p}, Rereads: rereads{p}, Audit: store.NewAudit(p.db), DCs: dcs, Lists: p.lists(), Policy: policy}
	connectors := &handlers.Connectors{
		Frame: frame, Read: store.NewConnectors(p.db), Books: store.NewBooks(p.db), Quotas: quotas{store.NewAPIKeys(p.db), p.intake.limits},
		Calendars: p.calendars, Routes: p.routeDesk(), Circuits: store.NewCircuits(p.db), Pauses: store.NewPauses(p.db), Troubles: store.NewKeyTroubles(p.db, p.turnedAway), Polls: store.NewPolls(p.db), DCs: dcs,
	}
	capabilities := &handlers.Capabilities{
		Frame: frame, Owners: store.NewOwners(p.db), Routes: p.routeDesk(), Budgets: store.NewBudgets(p.db, p.targets), Exceptions: store.NewExceptions(p.db), DCs: dcs,
	}
	alarms := &handlers.Alarms{
		Frame: frame, Read: store.NewAlarms(p.db), Shelves: store.NewKindShelves(p.db, p.clocks), Sources: store.NewKindShelves(p.db, p.clocks), DCs: dcs, Policy: policy,
	}
	testEvent := &handlers.TestEvent{
		Frame: frame, Sources: store.NewConnectors(p.db), Contracts: p.intake.contracts, Intake: countedIntake{p.intake.service, p.metrics}, Audit: store.NewAudit(p.db),
	}
	return []web.Route{
		shown("/flow", authz.ViewFlow, p.flowPage().Show),
		shown("/connectors", authz.ViewFlow, connectors.Show),
		shown("/capabilities", authz.ViewFlow, capabilities.List),
		shown("/connectors/test-event", authz.OperateFlow, testEvent.Form),
		operated("/connectors/test-event", testEvent.Send),
		shown("/windows", authz.ViewFlow, (&handlers.Windows{Frame: frame, Budgets: store.NewBudgets(p.db, p.targets), Network: p.network(), DCs: dcs, Targets: p.targets, Clocks: p.clocks, Usual: p.usualWindow}).Show),
		shown("/windows/cadence", authz.ViewFlow, (&handlers.Cadences{Frame: frame, Read: store.NewCadences(p.db, p.targets), DCs: dcs}).Show),
		shown("/latency", authz.ViewFlow, (&handlers.Latency{Frame: frame, Read: latency, Rows: latency, Targets: p.targets}).Show),
		shown("/alarms", authz.ViewFlow, alarms.Show),
		shown("/books", authz.ViewFlow, books.Show),
		operated("/books/audit", books.Audit),
		shown("/manual-work", authz.ViewAudit, (&handlers.ManualWork{Frame: frame, Read: store.NewAudit(p.db), DCs: dcs}).Show),
		shown("/audit", authz.ViewAudit, (&handlers.Audit{Frame: frame, Read: store.NewAudit(p.db), Lists: p.lists(), Policy: policy}).List),
		shown("/reconciliation", authz.ViewFlow, reconciliation.List),
		operated("/reconciliation/runs", reconciliation.Ask),
		operated("/reconciliation/runs/:id/sign", reconciliation.Sign),
		operated("/reconciliation/reread", reconciliation.Reread),
	}
}

// canonical writes a payload as the decoders understand it.
type canonical struct{}

// Canonical is the decoded fact encoded anew; an error is what the decoder said.
func (canonical) Canonical(t models.EventType, data string) (string, error) {
	fact, err := contract.Decode(t, data)
	if err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(fact.Payload, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the fact: %w", err)
	}
	return string(text), nil
}
