// Package wire puts a connection with faults between two parts of a test: slow,
// reset, silent, or open on one side only.
package wire

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Wire listens on the loopback and passes on what it is told to. It is safe for
// concurrent use.
type Wire struct {
	t     testing.TB
	proxy *toxiproxy.Proxy
}

// Fault is what can be wrong with a wire.
type Fault struct {
	Name   string
	toxics []string
}

// Faults are those that every pair of parts has to stand.
var Faults = []Fault{
	{"latency", []string{toxic("latency", "downstream", `"latency":200,"jitter":50`)}},
	{"reset", []string{toxic("reset_peer", "downstream", `"timeout":0`), toxic("reset_peer", "upstream", `"timeout":0`)}},
	// With a time-out of 0 the connection stays open and nothing passes.
	{"black hole", []string{toxic("timeout", "downstream", `"timeout":0`), toxic("timeout", "upstream", `"timeout":0`)}},
	{"half open", []string{toxic("timeout", "downstream", `"timeout":0`)}},
}

// Cut lets so many bytes pass to the one who asks (downstream) or from it
// (upstream), and ends the connection there.
func Cut(stream string, bytes int) Fault {
	return Fault{fmt.Sprintf("cut after %d bytes %s", bytes, stream), []string{toxic("limit_data", stream, fmt.Sprintf(`"bytes":%d`, bytes))}}
}

func toxic(kind, stream, attributes string) string {
	return fmt.Sprintf(`{"type":%q,"stream":%q,"attributes":{%s}}`, kind, stream, attributes)
}

// New is a wire to an address of network tcp or unix, until the test ends.
func New(t testing.TB, network, address string) *Wire {
	t.Helper()
	if network == "unix" {
		address = bridge(t, address)
	}
	logger := zerolog.Nop()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), logger)
	w := &Wire{t: t, proxy: toxiproxy.NewProxy(server, t.Name(), "127.0.0.1:0", address)}
	if err := w.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.proxy.Stop)
	return w
}

// Addr is where to connect to instead of the other part.
func (w *Wire) Addr() string { return w.proxy.Listen }

// Break lets a fault befall the connections that are open and those to come.
func (w *Wire) Break(f Fault) {
	w.t.Helper()
	for _, toxic := range f.toxics {
		if _, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// Mend takes the faults away. A connection that was silent ends.
func (w *Wire) Mend() { w.proxy.Toxics.ResetToxics(w.t.Context()) }

// bridge gives a Unix socket an address of TCP, which is all that the proxy knows.
func bridge(t testing.TB, socket string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at the test's end
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go join(from, socket)
		}
	}()
	return listener.Addr().String()
}

func join(from net.Conn, socket string) {
	to, err := net.DialTimeout("unix", socket, time.Minute) //nolint:noctx // bounded by its time-out
	if err != nil {
		_ = from.Close()
		return
	}
	copyAndClose := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		_ = to.Close()
		_ = from.Close()
	}
	go copyAndClose(to, from)
	copyAndClose(from, to)
}
