package app

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/localpg"
	"throughline/sync/simulator"
)

// simulatorDatabase is beside the tower's, on the same server.
const simulatorDatabase = "throughline_simulator"

// minSilence is the shortest interval at which a demo system is missed.
const minSilence = 20 * time.Second

// startDemo starts the distributor's systems as a process of their own, which
// knows the tower only by its address, keys and secrets, and takes the business
// clock from them.
func (p *Program) startDemo(ctx context.Context) error {
	if p.cfg.Demo == nil {
		return nil
	}
	began := time.Now()
	p.sayf("Starting the demo distributor's systems…")
	settings, err := p.simulatorSettings(ctx)
	if err != nil {
		return err
	}
	program, err := p.cfg.Demo.program()
	if err != nil {
		return err
	}
	c := &child{program: program, settings: settings, log: p.cfg.Log, onReady: p.meetSystems}
	if err := startChild(ctx, c); err != nil {
		return err
	}
	p.systemsProcess = c
	p.started("demo", c.Stop)
	p.sayf("The demo distributor is running, one business day lasts %s (%s): ERP %s, forecasting http://%s, replenishment %s.", p.cfg.Demo.Day,
		time.Since(began).Round(10*time.Millisecond), p.cfg.ERP.URL, settings.Forecasting.Addr, p.cfg.Replenishment.URL)
	if p.nightly() {
		p.sayf("Its systems exchange files once a business night, in %s; orders are still made by a call to the ERP.", p.exchangeDir())
	}
	return nil
}

// nightly reports whether the demo's systems exchange files once a business night.
func (p *Program) nightly() bool {
	return p.cfg.Demo != nil && p.cfg.Demo.Exchange == simulator.ExchangeNightly
}

func (p *Program) exchangeDir() string { return filepath.Join(demoDir(p.cfg), "exchange") }

// demoDir keeps what the demo needs at its next start. Only a demo makes it.
func demoDir(cfg Config) string { return filepath.Join(cfg.Data, "demo") }

func exists(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}

// meetSystems learns where the demo's systems are and what time they have. It
// is called again when they had to be started again, at the same addresses.
func (p *Program) meetSystems(r simulatorReady) {
	clock := r.Clock
	p.clock.Store(&clock)
	p.control.Store(&r.Addresses.Control)
	p.cfg.Log.Info("the demo's systems answer", "erp", r.Addresses.ERP, "forecasting", r.Addresses.Forecasting,
		"replenishment", r.Addresses.Replenishment, "control", r.Addresses.Control)
}

func (p *Program) simulatorSettings(ctx context.Context) (simulatorSettings, error) {
	secrets, err := p.demoSecrets(ctx)
	if err != nil {
		return simulatorSettings{}, err
	}
	dsn, err := besides(p.dsn, simulatorDatabase)
	if err != nil {
		return simulatorSettings{}, err
	}
	s := simulatorSettings{
		DSN: dsn, TowerURL: p.url, ERPToken: secrets.ERPToken, Day: p.cfg.Demo.Day, Start: p.cfg.Demo.Start, Faults: p.cfg.Demo.Faults, Seed: p.cfg.Demo.Seed,
		Software:                 "throughline-simulator/" + p.cfg.Version,
		ERP:                      simulator.System{Key: secrets.ERPKey},
		Forecasting:              simulator.System{Key: secrets.ForecastingKey, Secret: secrets.ForecastingSecret},
		Replenishment:            simulator.System{Key: secrets.ReplenishmentKey, Secret: secrets.ReplenishmentSecret},
		AllowDuplicateReferences: p.cfg.Demo.AllowDuplicateReferences,
		Exchange:                 p.cfg.Demo.Exchange, Files: p.exchangeDir(),
	}
	addrs, err := freeAddresses(4)
	if err != nil {
		return s, err
	}
	s.ERP.Addr, s.Forecasting.Addr, s.Replenishment.Addr, s.ControlAddr = addrs[0], addrs[1], addrs[2], addrs[3]
	p.cfg.ERP = Endpoint{URL: "http://" + s.ERP.Addr, Token: secrets.ERPToken}
	p.cfg.Forecasting = Endpoint{URL: "http://" + s.Forecasting.Addr, Token: secrets.ERPToken}
	p.cfg.Replenishment = Endpoint{URL: "http://" + s.Replenishment.Addr, Token: secrets.ERPToken}
	p.subscriptions = []models.Subscription{
		{Name: "forecasting", URL: "http://" + s.Forecasting.Addr + "/webhooks", Secret: s.Forecasting.Secret, Types: simulator.ForecastingTypes()},
		{Name: "replenishment", URL: "http://" + s.Replenishment.Addr + "/webhooks", Secret: s.Replenishment.Secret, Types: simulator.ReplenishmentTypes()},
	}
	return s, nil
}

// freeAddresses are on the loopback, and free at this moment: the systems keep
// them for as long as the tower runs, through restarts of their own.
func freeAddresses(n int) ([]string, error) {
	addrs := make([]string, n)
	for i := range addrs {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // local, at once
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close() //nolint:errcheck // all stay open until all are known, so that none comes twice
		addrs[i] = l.Addr().String()
	}
	return addrs, nil
}

// expected is how long each demo system may be quiet, in real time.
type expected struct{ erp, forecasting, replenishment time.Duration }

// intervals of the live exchange: the ERP sends all the time, forecasts come for
// one DC after the other all day, and replenishment is sure to speak once a
// business day. In the nightly one all are heard once a night, a quarter of a
// day late at most.
func (d *Demo) intervals() expected {
	day := max(d.Day, minSilence)
	if d.Exchange == simulator.ExchangeNightly {
		night := day + max(day/4, minSilence)
		return expected{night, night, night}
	}
	return expected{max(day/6, minSilence), max(2*day/3, minSilence), day}
}

// targets are how recent the demo's data has to be while nobody declares it:
// stock as soon as its system would count as silent, what comes when something
// changed within three business days. What they leave out shows as ungoverned.
func (d *Demo) targets() models.Targets {
	changes := 3 * max(d.Day, minSilence)
	return models.Targets{
		{Name: "stock", Entity: "inventory", Criticality: "critical", Freshness: 3 * d.intervals().erp / 2},
		{Name: "forecasts", Entity: "forecast", Criticality: "standard", Freshness: changes},
		{Name: "decisions", Entity: "replenishment", Criticality: "standard", Freshness: changes},
	}
}

// busyDay is how many events a business day of the demo brings at least.
const busyDay = 1000

// throughput is what the demo has to bring while nobody declares it, in events a minute.
func (d *Demo) throughput() *decimal.Decimal {
	perMinute := decimal.NewFromFloat(busyDay / d.Day.Minutes()).Round(0)
	return &perMinute
}

// demoSecrets are the kept ones, with API keys that this database knows.
func (p *Program) demoSecrets(ctx context.Context) (demoSecrets, error) {
	dir := demoDir(p.cfg)
	secrets, err := loadDemoSecrets(dir)
	if err != nil {
		return secrets, err
	}
	expect := p.cfg.Demo.intervals()
	for _, system := range []struct {
		source   string
		key      *string
		interval time.Duration
		late     models.Fallback // what happens meanwhile
	}{
		{"erp", &secrets.ERPKey, expect.erp, models.FallbackHold},
		{"forecasting", &secrets.ForecastingKey, expect.forecasting, models.FallbackLastGood},
		{"replenishment", &secrets.ReplenishmentKey, expect.replenishment, models.FallbackNone},
	} {
		if *system.key, err = demoKey(ctx, p.db, system.source, *system.key, system.interval); err != nil {
			return secrets, err
		}
		if err := store.NewFallbacks(p.db).Declare(ctx, system.source, system.late); err != nil {
			return secrets, err
		}
	}
	if err := claimDemoEntities(ctx, p.db); err != nil {
		return secrets, err
	}
	return secrets, secrets.save(dir)
}

// besides is the address of another database on the server of dsn.
func besides(dsn, database string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return "", models.Errorf(models.CodeInvalid, "The demo needs DATABASE_URL in its URL form, postgres://…")
	}
	if _, given := u.User.Password(); !given { // the environment's is not handed on
		known, err := pgx.ParseConfig(dsn)
		if err != nil {
			return "", models.Wrap(models.CodeInvalid, err, "DATABASE_URL cannot be read.")
		}
		if known.Password != "" {
			u.User = url.UserPassword(known.User, known.Password)
		}
	}
	u.Path = "/" + database
	return u.String(), nil
}

// notRunning refuses while another process uses the private Postgres.
func notRunning(cfg Config) error {
	_, running, err := localpg.Running(postgresDir(cfg), databaseName)
	if err == nil && running {
		err = models.Errorf(models.CodePrecondition, "Another throughline is running on %s: stop it first.", cfg.Data)
	}
	return err
}

// ResetDemo throws away everything that the demo has kept: the private
// Postgres and the demo's secrets. A database of one's own is never emptied.
func ResetDemo(_ context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	if cfg.DatabaseURL != "" {
		return models.Errorf(models.CodePrecondition,
			"--reset empties only the private Postgres; drop and create the databases behind DATABASE_URL yourself.")
	}
	if err := notRunning(cfg); err != nil {
		return err
	}
	if exists(postgresDir(cfg)) && !exists(demoDir(cfg)) {
		return models.Errorf(models.CodePrecondition,
			"%s holds the data of a tower and no demo: --reset would throw it away. Give the demo a directory of its own with --data.", cfg.Data)
	}
	for _, dir := range []string{postgresDir(cfg), demoDir(cfg)} {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("reset the demo: %w", err)
		}
	}
	return nil
}
