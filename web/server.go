// Package web is the HTTP process: one route table, its middleware, and one
// map from errors to answers.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/web/authz"
	"throughline/web/session"
)

// ErrorPage writes the page that a browser sees instead of what it asked for.
// Reference is the request's id, by which the log finds the cause.
type ErrorPage func(c echo.Context, status int, message, reference string) error

// Config says what the server serves. Every field but Log and Limits is needed.
type Config struct {
	Version   string
	Policy    authz.Policy
	Sessions  *session.Manager
	Routes    []Route
	API       func(e *echo.Echo) error // mounts the JSON API under /api and the contracts; it authenticates by itself
	Metrics   http.Handler
	Observe   func(route, method string, status int, took time.Duration)
	Checks    []Check
	ErrorPage ErrorPage
	Down      func(error) bool // says that an error is the database's state, which passes; default never
	Log       *slog.Logger
	BodyLimit string // of everything but event intake, default "1M"
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Sessions == nil || c.Metrics == nil || c.ErrorPage == nil || c.Observe == nil {
		return errors.New("web: sessions, metrics and an error page are needed")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Down == nil {
		c.Down = func(error) bool { return false }
	}
	if c.BodyLimit == "" {
		c.BodyLimit = "1M"
	}
	return nil
}

// Server answers HTTP. Serve and Shutdown may be called from different goroutines.
type Server struct {
	cfg    Config
	echo   *echo.Echo
	http   *http.Server
	routes []Route
}

// New makes a Server that does not listen yet.
func New(cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, echo: echo.New()}
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.IPExtractor = echo.ExtractIPDirect()
	s.echo.HTTPErrorHandler = s.handleError
	s.useMiddleware()
	s.routes = s.table()
	if err := s.mount(s.routes); err != nil {
		return nil, err
	}
	if cfg.API != nil {
		if err := cfg.API(s.echo); err != nil {
			return nil, fmt.Errorf("web: mount the API: %w", err)
		}
	}
	s.http = &http.Server{
		Handler:           s.echo,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Handler is everything that the server answers.
func (s *Server) Handler() http.Handler { return s.echo }

// Serve answers on l until Shutdown.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}

// Shutdown stops listening and waits for running requests; when ctx ends they
// are cut off, such as one whose sender has stopped in its middle: nothing of it was
// acknowledged. Upgraded connections are the hub's to close, before this.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil && ctx.Err() != nil {
		s.cfg.Log.WarnContext(ctx, "requests that did not end in time were cut off")
		return s.http.Close()
	}
	return err
}

// publicMessage is what may be told to anyone about err.
func publicMessage(err error) string {
	if coded, ok := errors.AsType[*models.Error](err); ok {
		return coded.Message
	}
	return "Something went wrong on our side."
}
