package app

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/notify"
	"throughline/views/layout"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/live"
	"throughline/web/render"
	"throughline/web/session"
)

// startNotify tells every process which topics changed.
func (p *Program) startNotify(ctx context.Context) error {
	notifier, err := notify.New(notify.Config{Hints: store.NewHints(p.db), Logger: p.cfg.Log})
	if err != nil {
		return err
	}
	p.notifier = notifier
	p.onApplied(notifier.Wake)
	return p.startService(ctx, "notify", notifier)
}

// startLive starts the hub that keeps pages current.
func (p *Program) startLive(ctx context.Context) error {
	listener, err := notify.NewListener(notify.ListenerConfig{Hints: store.NewHints(p.db), Logger: p.cfg.Log})
	if err != nil {
		return err
	}
	if p.sessions, err = p.newSessions(ctx); err != nil {
		return err
	}
	p.hub, err = live.New(live.Config{
		Hints: listener, Kinds: p.topics(), Identify: identify(p.sessions), Log: p.cfg.Log,
	})
	if err != nil {
		return err
	}
	p.countLive()
	return p.startService(ctx, "live", p.hub)
}

func identify(sessions *session.Manager) func(*http.Request) (models.User, bool, error) {
	return func(r *http.Request) (models.User, bool, error) {
		ctx, err := sessions.Load(r)
		if err != nil {
			return models.User{}, false, err
		}
		user, known := session.User(ctx)
		return user, known, nil
	}
}

// topics are the families that pages may subscribe to.
func (p *Program) topics() map[string]live.Kind {
	clock := live.Kind{}
	if p.cfg.Demo != nil {
		clock = live.Kind{Draw: p.drawClock, Every: time.Second}
	}
	return map[string]live.Kind{
		"overview":       {Draw: p.overviewPage().Draw, Every: 2 * time.Second},
		"exceptions":     {Allow: p.mayViewExceptions},
		"approvals":      {},
		"books":          {},
		"routes":         {},
		"flow":           p.flowTopic(),
		"dc":             {},
		"chain":          {},
		"clock":          clock,
		"reconciliation": {},
	}
}

// mayViewExceptions keeps a team's queue to those who may open it. The topic
// of all exceptions says only that something changed.
func (p *Program) mayViewExceptions(user models.User, topic models.Topic) bool {
	switch topic {
	case models.TopicTeam(models.TeamPlanner):
		return p.policy.Allows(user.Role, authz.ViewPlanning)
	case models.TopicTeam(models.TeamProcurement):
		return p.policy.Allows(user.Role, authz.ViewProcurement)
	case models.TopicTeam(models.TeamIT):
		return p.policy.Allows(user.Role, authz.ViewFlow)
	}
	return topic == models.TopicExceptions
}

func (p *Program) drawClock(ctx context.Context, _ models.Topic) ([]byte, error) {
	now := time.Now()
	return render.Bytes(ui.WithEnv(ctx, ui.Env{Now: now, Patch: true}), layout.BusinessClock(p.frame().ShownClock(now)))
}

func (p *Program) countLive() {
	registry := p.metrics.registry
	registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "throughline_live_viewers", Help: "Pages connected by websocket."},
			func() float64 { return float64(p.hub.Stats().Viewers) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "throughline_live_topics", Help: "Topics that somebody looks at."},
			func() float64 { return float64(p.hub.Stats().Topics) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "throughline_live_messages_total", Help: "Messages written to pages."},
			func() float64 { return float64(p.hub.Stats().Sent) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "throughline_live_dropped_total", Help: "Pages dropped for being too slow."},
			func() float64 { return float64(p.hub.Stats().Dropped) }),
	)
}
