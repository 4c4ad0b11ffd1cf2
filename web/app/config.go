// Package app puts the tower together: configuration, wiring, and the order in
// which its parts start and stop. It is the only package that may import all others.
package app

import (
	"io"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"throughline/models"
	"throughline/sync/service"
	"throughline/sync/simulator"
)

// DefaultAddr is where the tower listens when nobody says otherwise: on this
// machine only.
const DefaultAddr = "127.0.0.1:8080"

// Config says how to run one tower.
type Config struct {
	Addr           string   // host:port to listen on, default DefaultAddr; port 0 takes a free one
	AdminAddr      string   // profiles are served here; loopback only, empty for off
	Data           string   // directory of the private Postgres and the demo's files, default ./.throughline
	Configuration  string   // a throughline.yaml to apply at the start
	DatabaseURL    string   // a Postgres of one's own; empty for the private one
	ERP            Endpoint // the systems that the tower calls; the demo brings its own
	Forecasting    Endpoint
	Replenishment  Endpoint
	AllowPrivate   []netip.Prefix // private addresses that subscribers may have
	HeartbeatURL   string         // of a watcher outside, told while all is well; empty tells nobody
	HeartbeatEvery time.Duration  // default 20 s
	WorkerPatience time.Duration  // for which a part of the engine may have no good round before /readyz fails; default 1 min
	Secure         bool           // people reach the tower over TLS only: cookies say so
	Demo           *Demo          // nil without the demo
	Version        string
	Log            *slog.Logger // default silence
	Progress       io.Writer    // sentences for the person who starts it; default nowhere
}

// Demo says how the demo distributor runs.
type Demo struct {
	Day      time.Duration      // real length of one business day, at least a second
	Start    time.Time          // business time at which a new demo begins; default that of the simulator
	Faults   bool               // some come by themselves
	Seed     uint64             // of what faults hit; default by chance
	Exchange simulator.Exchange // of the systems with the tower; default live
	Password string             // of the demo accounts; default DemoPassword on loopback, else a new one
	// AllowDuplicateReferences switches off the simulated ERP's own check that
	// a reference is used once, so that a test proves the tower's.
	AllowDuplicateReferences bool
	Program                  string // the binary that has the simulate command, default this one
}

// DemoPassword opens the demo's accounts where only this machine reaches them.
const DemoPassword = "throughline-demo"

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Addr == "" {
		c.Addr = DefaultAddr
	}
	if c.Data == "" {
		c.Data = ".throughline"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Progress == nil {
		c.Progress = io.Discard
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return models.Errorf(models.CodeInvalid, "The address %q is not of the form HOST:PORT, such as %s.", c.Addr, DefaultAddr)
	}
	if c.WorkerPatience == 0 {
		c.WorkerPatience = service.WardPatience
	}
	if c.WorkerPatience < time.Second {
		return models.Errorf(models.CodeInvalid, "A part of the engine needs a second at least for a round: give --worker-patience 1s or more.")
	}
	if c.AdminAddr != "" && !loopback(c.AdminAddr) {
		return models.Errorf(models.CodeInvalid, "Profiles are served on this machine only: %s is not a loopback address.", c.AdminAddr)
	}
	if c.Demo != nil {
		return c.Demo.validate()
	}
	return nil
}

func (d *Demo) validate() error {
	if d.Day < time.Second {
		return models.Errorf(models.CodeInvalid, "A business day cannot be shorter than a second: give --day 1s or more.")
	}
	if d.Exchange == "" {
		d.Exchange = simulator.ExchangeLive
	}
	return nil
}

// loopback tells whether only this machine can reach a host:port.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
