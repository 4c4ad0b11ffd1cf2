package app

import (
	"encoding/json"
	"fmt"
	"net/http"
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
	return &handlers.Flow{Frame: p.frame(), Read: store.NewFlow(p.db), Pauses: store.NewPauses(p.db), DCs: store.NewOverview(p.db), Targets: p.targets}
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
	frame, failures, dcs, policy := p.frame(), store.NewFailures(p.db), store.NewOverview(p.db), authz.NewPolicy()
	holds := store.NewEventHolds(p.db)
	events := &handlers.Events{
		Frame: frame, Read: failures, Canonical: canonical{}, Replay: p.apply, Editor: p.apply, Policy: policy,
		Holds: holds, Router: eventRouter{p}, People: store.NewUsers(p.db),
	}
	parked := &handlers.Parked{Frame: frame, Read: failures, Held: holds, Replay: p.apply, DCs: dcs, Policy: policy}
	bulks := &handlers.Bulk{Frame: frame, Read: store.NewBulks(p.db), Events: failures, Operate: p.bulk, DCs: dcs}
	rejected := &handlers.Rejected{Frame: frame, Read: failures, Policy: policy}
	writes := &handlers.Writes{Frame: frame, Read: failures, Operate: p.workflow, Policy: policy}
	routes := &handlers.Routes{Frame: frame, Read: failures, Operate: failures, Circuits: store.NewCircuits(p.db), Canonical: canonical{}, Policy: policy}
	desk := pauseDesk{store.NewPauses(p.db), p.pauses}
	pauses := &handlers.Pauses{Frame: frame, Read: desk, Operate: desk, Policy: policy}
	books := &handlers.Books{Frame: frame, Read: store.NewBooks(p.db), Retention: store.NewPartitions(p.db), Policy: policy}
	reconciles := store.NewReconciles(p.db)
	reconciliation := &handlers.Reconciliation{Frame: frame, Read: reconciles, Signer: reconciles, Asker: reconcileDesk{p}, Audit: store.NewAudit(p.db), DCs: dcs, Policy: policy}
	connectors := &handlers.Connectors{Frame: frame, Read: store.NewConnectors(p.db), Routes: failures, Circuits: store.NewCircuits(p.db)}
	latency := store.NewLatency(p.db)
	testEvent := &handlers.TestEvent{
		Frame: frame, Sources: store.NewConnectors(p.db), Contracts: p.intake.contracts, Intake: countedIntake{p.intake.service, p.metrics}, Audit: store.NewAudit(p.db),
	}
	get := func(path string, permission authz.Permission, handler echo.HandlerFunc) web.Route {
		return web.Route{Method: http.MethodGet, Path: path, Permission: permission, Handler: handler}
	}
	post := func(path string, handler echo.HandlerFunc) web.Route {
		return web.Route{Method: http.MethodPost, Path: path, Permission: authz.OperateFlow, Handler: handler}
	}
	return []web.Route{
		get("/flow", authz.ViewFlow, p.flowPage().Show),
		get("/events/:seq", authz.SignedIn, events.Show),
		post("/events/:seq/retry", events.Retry),
		post("/events/:seq/discard", events.Discard),
		post("/events/:seq/hold", events.Hold),
		post("/events/:seq/release", events.Release),
		post("/events/:seq/route", events.Route),
		get("/events/:seq/edit", authz.ViewPayloads, events.EditForm),
		post("/events/:seq/check", events.Check),
		post("/events/:seq/edit", events.Edit),
		get("/bulk", authz.ViewFlow, bulks.List),
		get("/bulk/new", authz.OperateFlow, bulks.Form),
		post("/bulk", bulks.Plan),
		get("/bulk/:id", authz.ViewFlow, bulks.Show),
		post("/bulk/:id/go-on", bulks.GoOn),
		post("/bulk/:id/cancel", bulks.Cancel),
		get("/parked", authz.ViewFlow, parked.List),
		post("/parked/:fingerprint/retry", parked.Retry),
		post("/parked/:fingerprint/discard", parked.Discard),
		get("/connectors", authz.ViewFlow, connectors.Show),
		get("/connectors/test-event", authz.OperateFlow, testEvent.Form),
		post("/connectors/test-event", testEvent.Send),
		get("/windows", authz.ViewFlow, (&handlers.Windows{Frame: frame, Budgets: store.NewBudgets(p.db, p.targets), Network: p.network(), DCs: dcs, Targets: p.targets}).Show),
		get("/latency", authz.ViewFlow, (&handlers.Latency{Frame: frame, Read: latency, Rows: latency, Targets: p.targets}).Show),
		get("/alarms", authz.ViewFlow, (&handlers.Alarms{Frame: frame, Read: store.NewAlarms(p.db), Policy: policy}).Show),
		get("/rejected", authz.ViewFlow, rejected.List),
		get("/writes/:id", authz.SignedIn, writes.Show),
		post("/writes/:id/resubmit", writes.Resubmit),
		post("/writes/:id/discard", writes.Discard),
		get("/routes", authz.ViewFlow, routes.List),
		get("/routes/:name", authz.ViewFlow, routes.Show),
		post("/routes/:name/pause", routes.Pause),
		post("/routes/:name/resume", routes.Resume),
		get("/routes/:name/rewind", authz.OperateFlow, routes.RewindForm),
		post("/routes/:name/rewind", routes.Rewind),
		get("/routes/:name/secret", authz.OperateFlow, routes.SecretForm),
		post("/routes/:name/secret", routes.RotateSecret),
		get("/pauses", authz.ViewFlow, pauses.List),
		post("/pauses/:kind/:name/pause", pauses.Pause),
		post("/pauses/:kind/:name/resume", pauses.Resume),
		get("/deliveries/:id", authz.SignedIn, routes.Delivery),
		post("/deliveries/:id/retry", routes.RetryDelivery),
		post("/deliveries/:id/skip", routes.SkipDelivery),
		get("/books", authz.ViewFlow, books.Show),
		post("/books/audit", books.Audit),
		get("/audit", authz.ViewAudit, (&handlers.Audit{Frame: frame, Read: store.NewAudit(p.db), Policy: policy}).List),
		get("/reconciliation", authz.ViewFlow, reconciliation.List),
		post("/reconciliation/runs", reconciliation.Ask),
		post("/reconciliation/runs/:id/sign", reconciliation.Sign),
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
