package web_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2/memstore"
	"github.com/labstack/echo/v4"

	"throughline/web"
	"throughline/web/authz"
	"throughline/web/session"
)

func TestAVisitorWhoLeavesWhileThePageIsDrawnIsNoWarning(t *testing.T) {
	for name, tc := range map[string]struct {
		leave bool
		warns bool
	}{"stays": {warns: true}, "leaves": {leave: true}} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			h := newServer(t, &log, func(echo.Context, int, string, string) error {
				if tc.leave {
					cancel()
				}
				return fmt.Errorf("draw page: %w", context.Canceled)
			})
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/nowhere", http.NoBody))
			if warned := strings.Contains(log.String(), "level=WARN"); warned != tc.warns {
				t.Errorf("warned: %t\n%s", warned, &log)
			}
		})
	}
}

type nobody struct{ session.Accounts }

func newServer(t *testing.T, log *bytes.Buffer, page web.ErrorPage) http.Handler {
	t.Helper()
	return serverOf(t, web.Config{ErrorPage: page, Log: slog.New(slog.NewTextHandler(log, nil))}).Handler()
}

// serverOf completes what a test says of a server.
func serverOf(t *testing.T, cfg web.Config) *web.Server {
	t.Helper()
	sessions, err := session.New(session.Config{Store: memstore.NewWithCleanupInterval(0), Accounts: nobody{}, Hasher: &session.Hasher{}})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Policy, cfg.Sessions, cfg.Metrics = authz.NewPolicy(), sessions, http.NotFoundHandler()
	cfg.Observe = func(string, string, int, time.Duration) {}
	s, err := web.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
