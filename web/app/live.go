package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/notify"
	"throughline/views/layout"
	"throughline/views/ui"
	"throughline/web/live"
	"throughline/web/render"
	"throughline/web/session"
)

// startLive starts the hub that keeps pages current, and what tells it of changes.
func (p *Program) startLive(ctx context.Context) error {
	hints := store.NewHints(p.db)
	notifier, err := notify.New(notify.Config{Hints: hints, Logger: p.cfg.Log})
	if err != nil {
		return err
	}
	listener, err := notify.NewListener(notify.ListenerConfig{Hints: hints, Logger: p.cfg.Log})
	if err != nil {
		return err
	}
	if err := p.startService(ctx, "notify", notifier); err != nil {
		return err
	}
	if p.sessions, err = p.newSessions(); err != nil {
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

func identify(sessions *session.Manager) func(*http.Request) (models.User, bool) {
	return func(r *http.Request) (models.User, bool) {
		ctx, err := sessions.Load(r)
		if err != nil {
			return models.User{}, false
		}
		return session.User(ctx)
	}
}

// topics are the families that pages may subscribe to.
func (p *Program) topics() map[string]live.Kind {
	return map[string]live.Kind{
		"overview":   {},
		"exceptions": {},
		"approvals":  {},
		"books":      {},
		"routes":     {},
		"dc":         {},
		"chain":      {},
		"clock":      {Draw: p.drawClock, Every: time.Second},
	}
}

func (p *Program) drawClock(ctx context.Context, _ models.Topic) ([]byte, error) {
	return render.Bytes(ui.WithEnv(ctx, ui.Env{Now: time.Now(), Patch: true}), layout.BusinessClock(p.businessClock()))
}

// businessClock is the demo's line in the top bar; nothing is drawn without the demo.
func (p *Program) businessClock() layout.Clock {
	if p.cfg.Demo == nil {
		return layout.Clock{}
	}
	return layout.Clock{Business: p.clock.At(time.Now()), Rate: fmt.Sprintf("1 day = %s", shortDuration(p.clock.Day))}
}

// shortDuration is a duration without zero parts: 2 min, 90 s, 24 h.
func shortDuration(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%g s", d.Seconds())
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
