package web

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"throughline/models"
	"throughline/web/authz"
	"throughline/web/session"
)

// LivePath is where pages connect their websocket.
const LivePath = "/live"

// These read their own body with their own bounds.
const (
	intakePath = "/api/v1/events"
	filesPath  = "/api/v1/files"
)

// contentPolicy admits nothing inline and nothing from elsewhere.
const contentPolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
	"frame-ancestors 'none'; form-action 'self'"

func (s *Server) useMiddleware() {
	crossOrigin := http.NewCrossOriginProtection()
	s.echo.Use(
		s.logLine,
		s.recoverPanic,
		secureHeaders,
		readableAddress,
		middleware.BodyLimitWithConfig(middleware.BodyLimitConfig{Limit: s.cfg.BodyLimit, Skipper: boundedByItself}),
		readableBody,
		middleware.GzipWithConfig(middleware.GzipConfig{Level: 5, MinLength: 1024, Skipper: notCompressed}),
		func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				if err := crossOrigin.Check(c.Request()); err != nil {
					return models.Wrap(models.CodeForbidden, err, "This request came from another site and was refused.")
				}
				return next(c)
			}
		},
	)
}

// readableAddress refuses an address with text that no name can have, before a
// page asks the database for it.
func readableAddress(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		query, err := url.QueryUnescape(u.RawQuery)
		if text := u.Path + query; err != nil || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return models.Errorf(models.CodeInvalid, "The address cannot be read: it has bytes that are no text.")
		}
		return next(c)
	}
}

// jsonNUL is a NUL as JSON escapes it; after an even number of backslashes, or it is text.
var jsonNUL = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\\u0000`)

// escapedNUL is how a body writes a NUL, by its media type; one that names none is JSON.
var escapedNUL = map[string]*regexp.Regexp{
	"": jsonNUL, echo.MIMEApplicationJSON: jsonNUL, echo.MIMEApplicationForm: regexp.MustCompile(`%00`),
}

// readableBody refuses a form or an object with a NUL, which JSON and forms can
// write and no text in the database can have.
func readableBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		media, _, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
		escaped := escapedNUL[media]
		if escaped == nil || boundedByItself(c) {
			return next(c)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		if bytes.ContainsRune(body, 0) || escaped.Match(body) {
			return models.Errorf(models.CodeInvalid, "The request has a NUL character in it, which is no text. Leave it out.")
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		return next(c)
	}
}

func boundedByItself(c echo.Context) bool {
	path := c.Request().URL.Path
	return path == intakePath || path == filesPath
}

func notCompressed(c echo.Context) bool {
	path := c.Request().URL.Path
	return path == LivePath || path == intakePath || path == "/metrics" || strings.HasSuffix(path, ".woff2")
}

// logLine gives the request its id and writes one wide line when it is
// answered. Health checks and files are silent unless they fail.
func (s *Server) logLine(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began, id := time.Now(), rand.Text()
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		took, status := time.Since(began), c.Response().Status
		route := c.Path()
		if route == "" {
			route = "unmatched"
		}
		s.cfg.Observe(route, c.Request().Method, status, took)
		level := slog.LevelInfo
		switch {
		case status >= 500 && c.Request().Context().Err() == nil: // who has hung up is no failure of ours
			level = slog.LevelError
		case quiet(c.Request().URL.Path):
			level = slog.LevelDebug
		}
		attrs := []slog.Attr{
			slog.String("request_id", id), slog.String("method", c.Request().Method),
			slog.String("route", route), slog.Int("status", status),
			slog.Float64("duration_ms", float64(took.Microseconds())/1000),
			slog.Int64("bytes", c.Response().Size), slog.String("actor", actor(c)),
		}
		if err != nil {
			attrs = append(attrs, slog.Any("error", err))
		}
		s.cfg.Log.LogAttrs(c.Request().Context(), level, "request", attrs...)
		return nil
	}
}

func quiet(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == "/metrics" || path == intakePath ||
		strings.HasPrefix(path, "/static/")
}

func actor(c echo.Context) string {
	if user, ok := session.User(c.Request().Context()); ok {
		return user.Name
	}
	return ""
}

func (s *Server) recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return next(c)
	}
}

func secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if c.IsTLS() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// loadSession knows who asks, and stores what the request changed in the
// session just before the answer's header goes out.
func (s *Server) loadSession(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, err := s.cfg.Sessions.Load(c.Request())
		if err != nil {
			return err
		}
		c.SetRequest(c.Request().WithContext(ctx))
		c.Response().Header().Set("Cache-Control", "no-store")
		c.Response().Before(func() {
			if err := s.cfg.Sessions.Save(ctx, c.Response()); err != nil {
				s.cfg.Log.ErrorContext(ctx, "the session was not stored", slog.Any("error", err))
			}
		})
		return next(c)
	}
}

// recognise loads the session for the failure page of somebody who met no route
// that had done so. Who cannot be told is a stranger.
func (s *Server) recognise(c echo.Context) {
	if ctx, err := s.cfg.Sessions.Load(c.Request()); err == nil {
		c.SetRequest(c.Request().WithContext(ctx))
		c.Response().Header().Set("Cache-Control", "no-store")
	}
}

// require refuses who may not: a page sends a stranger to sign in and back.
func (s *Server) require(p authz.Permission) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			user, ok := session.User(c.Request().Context())
			switch {
			case !ok:
				return models.Errorf(models.CodeUnauthenticated, "Please sign in.")
			case !s.cfg.Policy.Allows(user.Role, p):
				return models.Errorf(models.CodeForbidden, "%s", refusal(s.cfg.Policy.Roles(p)))
			}
			return next(c)
		}
	}
}

// refusal says who may, and whom to ask.
func refusal(may []models.Role) string {
	if len(may) == 0 {
		return "Only an administrator may do this."
	}
	words := make([]string, len(may))
	for i, role := range may {
		words[i] = role.Word()
	}
	return "Your role may not do this; " + strings.Join(words, " and ") + " may. Ask one of them, or an administrator for another role."
}
