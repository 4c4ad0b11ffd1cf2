package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/static"
	"throughline/views/layout"
	"throughline/web"
	"throughline/web/authz"
	"throughline/web/render"
	"throughline/web/session"
)

// sessionCleanup is how often sessions that are over leave the table.
const sessionCleanup = 5 * time.Minute

func (p *Program) startHTTP(ctx context.Context) error {
	server, err := web.New(web.Config{
		Version:   p.cfg.Version,
		Policy:    authz.NewPolicy(),
		Sessions:  p.sessions,
		Routes:    p.routes(),
		API:       p.mountAPI,
		Metrics:   p.metrics.handler(),
		Observe:   p.metrics.observe,
		Checks:    p.checks(),
		ErrorPage: failurePage,
		Log:       p.cfg.Log,
	})
	if err != nil {
		return err
	}
	p.server = server
	if err := p.serve(ctx, "HTTP", p.cfg.Addr, server.Serve, server.Shutdown, &p.url); err != nil {
		return err
	}
	return p.startProfiles(ctx)
}

// serve listens on addr and answers there in the background.
func (p *Program) serve(ctx context.Context, name, addr string, serve func(net.Listener) error,
	stop func(context.Context) error, url *string,
) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return models.Wrap(models.CodeUnavailable, err, fmt.Sprintf("The address %s cannot be used: give another with --addr or THROUGHLINE_ADDR", addr))
	}
	*url = "http://" + l.Addr().String()
	go func() {
		if err := serve(l); err != nil {
			p.fail(err)
		}
	}()
	p.started(name, stop)
	return nil
}

func (p *Program) newSessions() (*session.Manager, error) {
	sessionStore := pgxstore.NewWithCleanupInterval(p.db.Pool, sessionCleanup)
	p.started("session cleanup", func(context.Context) error { sessionStore.StopCleanup(); return nil })
	return session.New(session.Config{
		Store: sessionStore, Accounts: p.accounts.users, Hasher: p.accounts.hasher, Secure: p.cfg.Secure,
	})
}

func failurePage(c echo.Context, status int, message, reference string) error {
	f := layout.FailureFor(status, message)
	f.Reference = reference
	return render.HTML(c, status, layout.LoneFailurePage(render.Theme(c.Request()), f))
}

func staticFiles() echo.HandlerFunc { return echo.WrapHandler(static.Handler()) }

func (p *Program) checks() []web.Check {
	return []web.Check{
		{Name: "database", Run: func(ctx context.Context) error {
			if err := p.db.Pool.Ping(ctx); err != nil {
				return models.Wrap(models.CodeUnavailable, err, "The database does not answer.")
			}
			return nil
		}},
		{Name: "migrations", Run: p.db.CheckSchema},
	}
}

// startProfiles serves pprof for people on this machine, when asked to.
func (p *Program) startProfiles(ctx context.Context) error {
	if p.cfg.AdminAddr == "" {
		return nil
	}
	server := &http.Server{Handler: profiles(), ReadHeaderTimeout: 10 * time.Second}
	var url string
	serve := func(l net.Listener) error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve profiles: %w", err)
		}
		return nil
	}
	if err := p.serve(ctx, "profiles", p.cfg.AdminAddr, serve, server.Shutdown, &url); err != nil {
		return err
	}
	p.say("Profiles are at %s/debug/pprof/", url)
	return nil
}
