package web_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"

	"throughline/web"
)

// TestAStopCutsOffWhoStoppedInTheMiddle holds that a sender which never ends its
// request makes no stop a failed one.
func TestAStopCutsOffWhoStoppedInTheMiddle(t *testing.T) {
	reached := make(chan struct{})
	s := serverOf(t, web.Config{
		ErrorPage: func(echo.Context, int, string, string) error { return nil },
		API: func(e *echo.Echo) error {
			e.POST("/api/v1/events", func(c echo.Context) error {
				close(reached)
				_, err := io.ReadAll(c.Request().Body)
				return err
			})
			return nil
		},
	})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, http.MethodPost+" /api/v1/events HTTP/1.1\r\nHost: tower\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	<-reached
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(over); err != nil {
		t.Errorf("the stop failed: %v", err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the half request was answered")
	}
}
