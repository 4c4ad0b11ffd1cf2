package simulator

import (
	"errors"
	"log/slog"
	"time"

	"throughline/models"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/forecasting"
	"throughline/sync/simulator/replenishment"
)

// DefaultDay is the real length of a business day.
const DefaultDay = 2 * time.Minute

const loopback = "127.0.0.1:0"

// System is how one simulated system meets the tower.
type System struct {
	Addr   string // to listen at; default 127.0.0.1 with a free port
	Key    string // API key for the tower's intake
	Secret string // that the tower signs deliveries with, whsec_…; the ERP has none
}

// Config of a demo distributor.
type Config struct {
	DSN      string // its own database; made when the server does not have it
	TowerURL string

	ERP, Forecasting, Replenishment System

	Software string // what the systems name themselves as; default throughline-simulator without a version

	ControlAddr string // default 127.0.0.1 with a free port
	ERPToken    string // bearer token of the ERP's order API

	// AllowDuplicateReferences switches off the ERP's own check that a
	// reference is used once, so that the tower must prove its own.
	AllowDuplicateReferences bool

	Exchange Exchange // how the systems exchange with the tower; default ExchangeLive
	Files    string   // directory of the nightly exchange

	Items  int           // how many of the demo's articles to trade with; default all
	Day    time.Duration // real length of a business day; default DefaultDay
	Start  time.Time     // business time at which a new demo begins; default calendar.Start, not before it
	Faults fault.Rates   // default: none come by themselves
	Seed   uint64        // of what the faults hit; default by chance
	Now    func() time.Time
	Logger *slog.Logger
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.DSN == "" || c.TowerURL == "" || c.ERPToken == "" {
		return errors.New("simulator: database, tower address and ERP token are needed")
	}
	for _, system := range []*System{&c.ERP, &c.Forecasting, &c.Replenishment} {
		if system.Key == "" {
			return errors.New("simulator: each system needs an API key of the tower")
		}
		if system.Addr == "" {
			system.Addr = loopback
		}
	}
	if c.ControlAddr == "" {
		c.ControlAddr = loopback
	}
	if c.Day <= 0 {
		c.Day = DefaultDay
	}
	if c.Start.IsZero() {
		c.Start = calendar.Start()
	}
	if c.Start.Before(calendar.Start()) {
		return errors.New("simulator: the demo cannot begin before " + calendar.Start().Format(time.DateTime))
	}
	if c.Exchange == "" {
		c.Exchange = ExchangeLive
	}
	if c.Exchange == ExchangeNightly && c.Files == "" {
		return errors.New("simulator: the nightly exchange needs a directory for its files")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return nil
}

// ForecastingTypes are the events the tower must deliver to the forecasting
// system.
func ForecastingTypes() []models.EventType { return forecasting.Types() }

// ReplenishmentTypes are the events the tower must deliver to the
// replenishment engine.
func ReplenishmentTypes() []models.EventType { return replenishment.Types() }
