package app

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/handlers/api"
	"throughline/models"
	"throughline/models/store"
	"throughline/sync/contract"
	"throughline/sync/eventlog"
	"throughline/sync/ingest"
	"throughline/web"
	"throughline/web/authz"
	"throughline/web/session"
)

// keyMemory is how long a revoked API key may still work.
const keyMemory = 10 * time.Second

// intake is the door for events and what the API says about them.
type intake struct {
	service   *ingest.Service
	limits    *ingest.Limits
	keys      *ingest.Authenticator
	contracts *contract.Registry
	troubles  *ingest.TroubleRecorder
	refused   *ingest.Recorder
}

// startLog opens the log for appending. What is appended wakes the shard's worker.
func (p *Program) startLog(ctx context.Context) error {
	log := store.NewLog(p.db)
	var err error
	if p.shards, err = log.Shards(ctx); err != nil {
		return err
	}
	p.signal = eventlog.NewSignal(p.shards.Total())
	if p.appender, err = eventlog.New(eventlog.Config{Log: measuredLog{log, p.metrics}, Signal: p.signal, Traffic: &p.traffic, Logger: p.cfg.Log}); err != nil {
		return err
	}
	p.metrics.registry.MustRegister(queueCollector{p.appender})
	if err := p.startService(ctx, "event log", p.appender); err != nil {
		return err
	}
	queues, err := eventlog.NewQueueRecorder(p.appender, store.NewIntakeQueues(p.db), p.cfg.Log)
	if err != nil {
		return err
	}
	return p.startService(ctx, "intake queues", queues)
}

// startIntake opens the door for events.
func (p *Program) startIntake(ctx context.Context) error {
	contracts, err := contract.NewRegistry()
	if err != nil {
		return err
	}
	refused, err := ingest.NewRecorder(store.NewRejectionLog(p.db), p.cfg.Log)
	if err != nil {
		return err
	}
	keys := ingest.NewAuthenticator(store.NewAPIKeys(p.db), keyMemory, time.Now)
	troubles, err := ingest.NewTroubleRecorder(store.NewKeyTroubles(p.db, p.turnedAway), time.Now, p.cfg.Log)
	if err != nil {
		return err
	}
	limits := ingest.NewLimits(time.Now, func(key models.APIKey, kind models.TroubleKind, left models.Quota) {
		if kind == models.TroubleThrottled {
			p.metrics.throttled.WithLabelValues(key.Source).Inc()
		}
		troubles.Quota(key, kind, left)
	})
	service, err := ingest.New(ingest.Config{
		Keys: keys, Appender: p.appender, Contracts: contracts, Rejections: refused, Limits: limits, Paused: p.pauses.Source, PausedFlow: p.pauses.Flow, Shards: p.shards, Traffic: &p.traffic, Progress: store.NewLog(p.db), Tracer: p.tracer,
	})
	if err != nil {
		return err
	}
	p.intake = intake{service, limits, keys, contracts, troubles, refused}
	if err := p.startService(ctx, "trouble with keys", troubles); err != nil {
		return err
	}
	return p.startService(ctx, "refused events", refused)
}

// mountAPI adds the JSON API, which authenticates by itself: by API key, or by
// the session of whoever is signed in.
func (p *Program) mountAPI(e *echo.Echo) error {
	_, err := api.Mount(e, api.Config{
		Version: p.cfg.Version, Intake: countedIntake{p.intake.service, p.metrics}, Keys: p.intake.keys, Contracts: p.intake.contracts,
		Books: store.NewBooks(p.db), Retention: store.NewRetention(p.db, p.declared.Retain), Positions: store.NewPositions(p.db),
		Stock: store.NewStockTruths(p.db), Changes: store.NewChanges(p.db), Exports: store.NewExports(p.db), Totals: store.NewControlTotals(p.db), Audit: store.NewAudit(p.db),
		Files: p.intake.service, Traces: store.NewFailures(p.db), Cadences: store.NewCadences(p.db, p.targets),
		Budgets: store.NewBudgets(p.db, p.targets), Ages: p.network(), Latency: store.NewLatency(p.db), Targets: p.targets, Alarms: store.NewAlarms(p.db),
		Recommendations: store.NewRecommendations(p.db), Shelves: store.NewKindShelves(p.db, p.clocks), Pauses: p.pauseDesk(), Rereads: rereads{p}, Rereading: store.NewAudit(p.db), Refused: p.refusedDesk(),
		Triage: store.NewTriages(p.db), Notices: p.approvals(), OwnerTeams: p.triagePage().TeamsOf, Polls: store.NewPolls(p.db), Troubles: p.intake.troubles, Limits: p.intake.limits,
		Guessed: func(address string) {
			p.metrics.unknownKeys.Inc()
			p.intake.refused.Guessed(address, time.Now())
		},
		Software: ingest.NewSoftwareRecorder(store.NewAPIKeys(p.db), time.Now, p.cfg.Log),
		Status:   web.Status, Down: store.IsUnavailable, Log: p.cfg.Log,
		SignedIn: func(r *http.Request) bool {
			_, ok := p.signedIn(r)
			return ok
		},
		Operator: func(r *http.Request) api.Operator {
			user, _ := p.signedIn(r)
			return api.Operator{
				Name: user.Name, Operates: p.policy.Allows(user.Role, authz.OperateFlow),
				MayShelve: func(kind models.ExceptionCode) bool { return p.policy.MayShelve(user.Role, p.kindOwner(kind)) },
			}
		},
		Auditor: func(r *http.Request) api.AuditRight {
			user, ok := p.signedIn(r)
			return api.AuditRight{
				SignedIn: ok, Read: p.policy.Allows(user.Role, authz.ViewAudit), Payloads: p.policy.Allows(user.Role, authz.ViewPayloads),
			}
		},
		Worker: func(r *http.Request) api.Worker {
			user, ok := p.signedIn(r)
			return api.Worker{Name: user.Name, SignedIn: ok, Teams: p.policy.WorkTeams(user.Role)}
		},
	})
	return err
}

// signedIn is the person whose session a request carries.
func (p *Program) signedIn(r *http.Request) (models.User, bool) {
	ctx, err := p.sessions.Load(r)
	if err != nil {
		return models.User{}, false
	}
	return session.User(ctx)
}
