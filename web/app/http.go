package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/models/store"
	"throughline/static"
	"throughline/sync/service"
	"throughline/views/layout"
	"throughline/web"
	"throughline/web/render"
	"throughline/web/session"
)

// sessionCleanup is how often sessions that are over leave the table.
const sessionCleanup = 5 * time.Minute

// listen takes the address before anything needs to know it; who connects
// before startHTTP waits in the queue.
func (p *Program) listen(ctx context.Context) error {
	l, err := listenOn(ctx, p.cfg.Addr, "--addr or THROUGHLINE_ADDR")
	if err != nil {
		return err
	}
	p.listener = l
	p.started("listener", func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	p.url = "http://" + l.Addr().String()
	return nil
}

// told is the address as a person is told it: one that stands for all of the
// machine's leads nowhere.
func (p *Program) told() string {
	at, ok := p.listener.Addr().(*net.TCPAddr)
	if !ok || !at.IP.IsUnspecified() {
		return p.url
	}
	return fmt.Sprintf("http://localhost:%d (and every other address of this machine)", at.Port)
}

// listenOn takes an address; setting names where another one can be given.
func listenOn(ctx context.Context, addr, setting string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, models.Errorf(models.CodeUnavailable,
			"Another program listens on %s: stop that one, or give another address with %s.", addr, setting)
	case err != nil:
		return nil, models.Errorf(models.CodeUnavailable, "The address %s cannot be used (%s): give another with %s.", addr, root(err), setting)
	}
	return l, nil
}

func (p *Program) startHTTP(ctx context.Context) error {
	server, err := web.New(web.Config{
		Version:   p.cfg.Version,
		Policy:    p.policy,
		Sessions:  p.sessions,
		Routes:    p.routes(),
		API:       p.mountAPI,
		Metrics:   p.metrics.handler(),
		Observe:   p.metrics.observe,
		Checks:    p.checks(),
		ErrorPage: p.failurePage,
		Down:      store.IsUnavailable,
		Log:       p.cfg.Log,
	})
	if err != nil {
		return err
	}
	p.server = server
	p.serve("HTTP", p.listener, server.Serve, server.Shutdown)
	return p.startProfiles(ctx)
}

// serve answers on l in the background until Stop.
func (p *Program) serve(name string, l net.Listener, serve func(net.Listener) error, stop func(context.Context) error) {
	go func() {
		if err := serve(l); err != nil {
			p.fail(err)
		}
	}()
	p.started(name, stop)
}

func (p *Program) newSessions(ctx context.Context) (*session.Manager, error) {
	// The library's own cleanup cannot be stopped without a race.
	sessionStore := pgxstore.NewWithCleanupInterval(p.db.Pool, 0)
	cleanup, err := service.New(service.Config{
		Name: "session cleanup", Poll: sessionCleanup, Logger: p.cfg.Log,
		RunOnce: func(ctx context.Context) (bool, error) {
			_, err := p.db.Pool.Exec(ctx, `DELETE FROM sessions WHERE expiry < now()`)
			return false, err
		},
	})
	if err == nil {
		err = p.startService(ctx, "session cleanup", cleanup)
	}
	if err != nil {
		return nil, err
	}
	return session.New(session.Config{
		Store: sessionStore, Accounts: p.accounts.users, Hasher: p.accounts.hasher, Secure: p.cfg.Secure,
	})
}

// failurePage keeps the menu for somebody who is signed in, but where the tower
// itself fails: what the menu shows may be what cannot be read.
func (p *Program) failurePage(c echo.Context, status int, message, reference string) error {
	if message == http.StatusText(status) {
		message = "" // the page has better words than the protocol
	}
	f := layout.FailureFor(status, message)
	f.Reference = reference
	if _, signedIn := session.User(c.Request().Context()); signedIn && status < http.StatusInternalServerError {
		return render.HTML(c, status, layout.FailurePage(p.frame().Page(c, "", f.Title), f))
	}
	var clock layout.Clock
	if status < http.StatusInternalServerError {
		frame := p.frame()
		clock = frame.ShownClock(frame.Now())
	}
	return render.HTML(c, status, layout.LoneFailurePage(render.Theme(c.Request()), clock, f))
}

func staticFiles() echo.HandlerFunc { return echo.WrapHandler(static.Handler()) }

// startProfiles serves pprof for people on this machine, when asked to.
func (p *Program) startProfiles(ctx context.Context) error {
	if p.cfg.AdminAddr == "" {
		return nil
	}
	l, err := listenOn(ctx, p.cfg.AdminAddr, "--admin-addr or THROUGHLINE_ADMIN_ADDR")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: profiles(), ReadHeaderTimeout: 10 * time.Second}
	p.serve("profiles", l, func(l net.Listener) error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve profiles: %w", err)
		}
		return nil
	}, server.Shutdown)
	p.sayf("Profiles are at http://%s/debug/pprof/", l.Addr())
	return nil
}
