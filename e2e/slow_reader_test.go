package e2e

import (
	"context"
	"net"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"

	"throughline/e2e/program"
	"throughline/models"
)

// TestViewerWhoStopsReadingIsDropped connects two viewers to a busy tower: one
// reads, one does not. The tower drops that one and goes on serving the other.
func TestViewerWhoStopsReadingIsDropped(t *testing.T) {
	w := program.Raced(t)
	w.Start("demo", "--day", "20s", "--no-faults")
	visitor := program.SignIn(t, w.URL(), string(models.RoleAdmin))
	topics := []string{string(models.TopicOverview), string(models.TopicFlow(models.FlowCut{})), string(models.TopicClock)}

	reader, err := visitor.Live(websocket.Dialer{}, topics...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	messages := make(chan error)
	go func() {
		for {
			_, _, err := reader.ReadMessage()
			select {
			case messages <- err:
			case <-t.Context().Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()

	stalled, err := visitor.Live(websocket.Dialer{NetDialContext: narrow}, topics...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stalled.Close() }()
	viewers := func() float64 {
		if err := <-messages; err != nil {
			t.Fatalf("the viewer that reads was cut off: %v", err)
		}
		return program.Metrics(t, w.URL())["throughline_live_viewers"]
	}
	program.Eventually(t, "both viewers to be connected", func() bool { return viewers() == 2 })
	program.Eventually(t, "the viewer that does not read to be dropped", func() bool { return viewers() == 1 })
	for range 20 {
		if viewers() != 1 {
			t.Fatal("the viewer that reads is not served any longer")
		}
	}
}

// narrow connects with a small receive buffer, so that who does not read is
// noticed after little.
func narrow(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		if ctlErr := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
		}); ctlErr != nil {
			return ctlErr
		}
		return err
	}}
	return dialer.DialContext(ctx, network, address)
}
