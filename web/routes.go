package web

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"throughline/web/authz"
)

// Route is one line of the route table: who may call what.
type Route struct {
	Method     string
	Path       string
	Permission authz.Permission
	Handler    echo.HandlerFunc
}

// mount checks the whole table before it registers any of it: a route that
// forgot its permission is a mistake of the program, not of a request.
func (s *Server) mount(routes []Route) error {
	for _, r := range routes {
		if !s.cfg.Policy.Known(r.Permission) {
			return fmt.Errorf("web: %s %s has no known permission (%q)", r.Method, r.Path, r.Permission)
		}
		if r.Handler == nil {
			return fmt.Errorf("web: %s %s has no handler", r.Method, r.Path)
		}
	}
	for _, r := range routes {
		switch r.Permission {
		case authz.Public:
			s.echo.Add(r.Method, r.Path, r.Handler)
		case authz.Visitor:
			s.echo.Add(r.Method, r.Path, r.Handler, s.loadSession)
		default:
			s.echo.Add(r.Method, r.Path, r.Handler, s.loadSession, s.require(r.Permission))
		}
	}
	return nil
}

// Routes is the table as it was mounted, for tests and for the curious.
func (s *Server) Routes() []Route { return s.routes }

// Mounted are the routes that really answer, those of the JSON API included.
func (s *Server) Mounted() []*echo.Route { return s.echo.Routes() }

func (s *Server) table() []Route {
	own := []Route{
		{http.MethodGet, "/healthz", authz.Public, s.healthz},
		{http.MethodHead, "/healthz", authz.Public, s.healthz},
		{http.MethodGet, "/readyz", authz.Public, s.readyz},
		{http.MethodHead, "/readyz", authz.Public, s.readyz},
		{http.MethodGet, "/metrics", authz.Public, echo.WrapHandler(s.cfg.Metrics)},
	}
	return append(own, s.cfg.Routes...)
}
