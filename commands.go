package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/simulator"
	"throughline/web/app"
)

// listen is where the tower answers.
type listen struct {
	Addr           string        `help:"Address to listen on; 127.0.0.1:8080 when not given." env:"THROUGHLINE_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	AdminAddr      string        `help:"Serve profiles (pprof) here; loopback only." env:"THROUGHLINE_ADMIN_ADDR" placeholder:"HOST:PORT"`
	Configuration  string        `name:"config" help:"A throughline.yaml to apply at the start." env:"THROUGHLINE_CONFIG" type:"path" placeholder:"FILE"`
	HeartbeatURL   string        `name:"heartbeat-url" help:"A watcher outside that is called while the tower is well; its silence is the alarm." env:"THROUGHLINE_HEARTBEAT_URL" placeholder:"URL"`
	HeartbeatEvery time.Duration `help:"How often." default:"20s" env:"THROUGHLINE_HEARTBEAT_EVERY"`
	WorkerPatience time.Duration `help:"How long a part of the engine may have no good round until the tower counts as not well." default:"1m" env:"THROUGHLINE_WORKER_PATIENCE"`
	Secure         bool          `help:"People reach the tower over TLS only: mark cookies so." env:"THROUGHLINE_SECURE"`
}

func (l listen) config(c *cli) app.Config {
	cfg := c.config()
	cfg.Addr, cfg.AdminAddr, cfg.Secure, cfg.Configuration = l.Addr, l.AdminAddr, l.Secure, l.Configuration
	cfg.HeartbeatURL, cfg.HeartbeatEvery, cfg.WorkerPatience = l.HeartbeatURL, l.HeartbeatEvery, l.WorkerPatience
	return cfg
}

type serveCommand struct {
	listen
	ERPURL             string         `name:"erp-url" help:"ERP that orders are made in." env:"THROUGHLINE_ERP_URL" placeholder:"URL"`
	ERPToken           string         `help:"Bearer token of the ERP." env:"THROUGHLINE_ERP_TOKEN" placeholder:"TOKEN"`
	ForecastingURL     string         `help:"Forecasting system whose copy of the stock is compared." env:"THROUGHLINE_FORECASTING_URL" placeholder:"URL"`
	ForecastingToken   string         `help:"Bearer token of the forecasting system." env:"THROUGHLINE_FORECASTING_TOKEN" placeholder:"TOKEN"`
	ReplenishmentURL   string         `help:"Replenishment engine that is asked to compute again." env:"THROUGHLINE_REPLENISHMENT_URL" placeholder:"URL"`
	ReplenishmentToken string         `help:"Bearer token of the replenishment engine." env:"THROUGHLINE_REPLENISHMENT_TOKEN" placeholder:"TOKEN"`
	AllowPrivate       []netip.Prefix `help:"Private networks that subscribers may be in." env:"THROUGHLINE_ALLOW_PRIVATE" placeholder:"CIDR"`
}

func (s *serveCommand) Run(ctx context.Context, c *cli) error {
	cfg := s.config(c)
	cfg.ERP = app.Endpoint{URL: s.ERPURL, Token: s.ERPToken}
	cfg.AllowPrivate = s.AllowPrivate
	cfg.Forecasting = app.Endpoint{URL: s.ForecastingURL, Token: s.ForecastingToken}
	cfg.Replenishment = app.Endpoint{URL: s.ReplenishmentURL, Token: s.ReplenishmentToken}
	return app.Run(ctx, cfg)
}

type demoCommand struct {
	listen
	Day      time.Duration `help:"Real length of one business day." default:"2m" env:"THROUGHLINE_DEMO_DAY"`
	Exchange string        `help:"How the systems and the tower exchange: live, as things happen, or nightly, by files once a business night." enum:"live,nightly" default:"live" env:"THROUGHLINE_DEMO_EXCHANGE"`
	Password string        `help:"Password of the demo accounts; documented on loopback, else generated." placeholder:"PASSWORD" env:"THROUGHLINE_DEMO_PASSWORD"`
	Faults   bool          `help:"Let faults come by themselves, now and then." default:"true" negatable:"" env:"THROUGHLINE_DEMO_FAULTS"`
	Reset    bool          `help:"Throw away the demo's data first."`

	AllowDuplicateReferences bool      `help:"Switch off the simulated ERP's own uniqueness check." env:"THROUGHLINE_DEMO_ALLOW_DUPLICATES" hidden:""`
	Start                    time.Time `help:"Business time at which a new demo begins." format:"2006-01-02T15:04" hidden:""`
	Seed                     uint64    `help:"Seed of what the faults hit, so that a run can be repeated; by chance when not given."`
}

func (d *demoCommand) Run(ctx context.Context, c *cli) error {
	cfg := d.config(c)
	cfg.Demo = &app.Demo{Day: d.Day, Start: d.Start, Faults: d.Faults, Password: d.Password, AllowDuplicateReferences: d.AllowDuplicateReferences, Seed: d.Seed, Exchange: simulator.Exchange(d.Exchange)}
	if d.Reset {
		if err := app.ResetDemo(ctx, cfg); err != nil {
			return err
		}
	}
	return app.Run(ctx, cfg)
}

type migrateCommand struct{}

func (m *migrateCommand) Run(ctx context.Context, out io.Writer, c *cli) error {
	return app.WithDatabase(ctx, c.config(), func(context.Context, *store.DB) error {
		_, err := fmt.Fprintln(out, "The schema is up to date.")
		return err
	})
}

type userCommand struct {
	Add      userAddCommand      `cmd:"" help:"Make an account and print its password."`
	Password userPasswordCommand `cmd:"" help:"Set another password, print it and end the account's sessions."`
}

type userAddCommand struct {
	Name     string `arg:"" help:"Name to sign in with."`
	Role     string `help:"planner, procurement, it, executive or admin." placeholder:"ROLE" required:"" enum:"planner,procurement,it,executive,admin"`
	FullName string `help:"Name to show; the sign-in name when not given."`
	Password string `help:"Password; a new one is made and printed when not given." placeholder:"PASSWORD" env:"THROUGHLINE_PASSWORD"`
}

func (u *userAddCommand) Run(ctx context.Context, out io.Writer, c *cli) error {
	user := models.User{Name: u.Name, FullName: u.FullName, Role: models.Role(u.Role)}
	if user.FullName == "" {
		user.FullName = u.Name
	}
	return printPassword(ctx, out, c, app.WithDatabase, u.Password != "", func(ctx context.Context, db *store.DB) (string, error) {
		return app.AddUser(ctx, db, user, u.Password)
	})
}

type userPasswordCommand struct {
	Name     string `arg:"" help:"Name of the account."`
	Password string `help:"Password; a new one is made and printed when not given." placeholder:"PASSWORD" env:"THROUGHLINE_PASSWORD"`
}

func (u *userPasswordCommand) Run(ctx context.Context, out io.Writer, c *cli) error {
	return printPassword(ctx, out, c, app.WithTower, u.Password != "", func(ctx context.Context, db *store.DB) (string, error) {
		return app.SetPassword(ctx, db, u.Name, u.Password)
	})
}

// printPassword prints the password alone, unless whoever called gave it.
func printPassword(ctx context.Context, out io.Writer, c *cli, on func(context.Context, app.Config, func(context.Context, *store.DB) error) error, given bool, do func(context.Context, *store.DB) (string, error)) error {
	return on(ctx, c.config(), func(ctx context.Context, db *store.DB) error {
		password, err := do(ctx, db)
		if err != nil || given {
			return err
		}
		_, err = fmt.Fprintln(out, password)
		return err
	})
}

type keyCommand struct {
	Add    keyAddCommand    `cmd:"" help:"Make an API key for a source system and print it alone."`
	List   keyListCommand   `cmd:"" help:"Show the keys that were not revoked, without their secrets."`
	Limit  keyLimitCommand  `cmd:"" help:"Set or take away the rate limit of a key."`
	Revoke keyRevokeCommand `cmd:"" help:"End a key: what it sends is refused within ten seconds."`
}

type keyAddCommand struct {
	Source     string             `help:"Name of the source system, e.g. erp; it is registered when new." required:"" placeholder:"NAME"`
	Scope      []models.Scope     `help:"What the key is for: send brings events, read polls changes and exports, audit reads the audit trail, operate puts kinds of exceptions aside and pauses." default:"send" enum:"send,read,audit,operate"`
	Types      []models.EventType `help:"Types of events the key may send or read; all when not given." placeholder:"TYPE"`
	Interval   time.Duration      `help:"How long the source may be quiet between two useful rows, such as 10m; half as long again and it is reported silent. 24h for a new source when not given." placeholder:"TIME"`
	NoInterval string             `help:"Why nothing is expected of the source at any time, in the place of --interval; it is kept in the audit." placeholder:"REASON"`
	Rate       float64            `help:"Events a second that the key may bring on average, within the quota of its source; no limit of its own when not given." placeholder:"N"`
	Burst      int                `help:"Events that it may bring at once; ten seconds' worth when not given." placeholder:"N"`
	Expires    string             `help:"How long the key is honoured, such as 90d or 12h; until it is revoked when not given." placeholder:"TIME"`
}

func (k *keyAddCommand) Run(ctx context.Context, out io.Writer, c *cli) error {
	key := models.APIKey{Source: k.Source, Types: k.Types, Scopes: k.Scope, Limit: models.NewRateLimit(k.Rate, k.Burst)}
	if k.Expires != "" {
		lasts, err := models.ParseLifetime(k.Expires)
		if err != nil {
			return err
		}
		expires := time.Now().Add(lasts)
		key.ExpiresAt = &expires
	}
	return app.WithDatabase(ctx, c.config(), func(ctx context.Context, db *store.DB) error {
		secret, err := app.AddWatchedKey(ctx, db, key, k.Interval, k.NoInterval)
		if err == nil {
			_, err = fmt.Fprintln(out, secret)
		}
		return err
	})
}

type keyListCommand struct{}

func (keyListCommand) Run(ctx context.Context, out io.Writer, c *cli) error {
	return app.WithTower(ctx, c.config(), func(ctx context.Context, db *store.DB) error {
		return app.PrintKeys(ctx, db, out)
	})
}

type keyLimitCommand struct {
	Prefix string  `arg:"" help:"The key's first ten characters, tlk_ and six more, as key list shows them."`
	Rate   float64 `help:"Events a second that the key may bring on average, within the quota of its source; 0 takes the limit away." required:"" placeholder:"N"`
	Burst  int     `help:"Events that it may bring at once; ten seconds' worth when not given." placeholder:"N"`
	Reason string  `help:"Why; it is kept in the audit." required:""`
}

func (k *keyLimitCommand) Run(ctx context.Context, c *cli) error {
	return app.WithTower(ctx, c.config(), func(ctx context.Context, db *store.DB) error {
		return app.LimitKey(ctx, db, k.Prefix, models.NewRateLimit(k.Rate, k.Burst), k.Reason)
	})
}

type keyRevokeCommand struct {
	Prefix string `arg:"" help:"The key's first ten characters, tlk_ and six more, as key list shows them."`
	Reason string `help:"Why; it is kept in the audit." required:""`
}

func (k *keyRevokeCommand) Run(ctx context.Context, c *cli) error {
	return app.WithTower(ctx, c.config(), func(ctx context.Context, db *store.DB) error {
		return app.RevokeKey(ctx, db, k.Prefix, k.Reason)
	})
}

type ownerCommand struct {
	List ownerListCommand `cmd:"" help:"Show who may change what."`
	Set  ownerSetCommand  `cmd:"" help:"Give an entity, or one record of it, to a source."`
}

type ownerListCommand struct{}

func (ownerListCommand) Run(ctx context.Context, out io.Writer, c *cli) error {
	return app.WithTower(ctx, c.config(), func(ctx context.Context, db *store.DB) error {
		return app.PrintOwners(ctx, db, out)
	})
}

type ownerSetCommand struct {
	Entity string `arg:"" help:"Entity, e.g. inventory."`
	Source string `arg:"" help:"Source system that owns it from now on."`
	Record string `help:"Only the record of this ordering key, e.g. item:A-100." placeholder:"KEY"`
	Reason string `help:"Why; it is kept in the audit." required:""`
}

func (o *ownerSetCommand) Run(ctx context.Context, c *cli) error {
	return app.WithTower(ctx, c.config(), func(ctx context.Context, db *store.DB) error {
		return app.SetOwner(ctx, db, models.Owner{Entity: o.Entity, Record: o.Record, Source: o.Source}, o.Reason)
	})
}

type simulateCommand struct{}

func (simulateCommand) Run(ctx context.Context, out io.Writer, c *cli) error {
	return app.Simulate(ctx, os.Stdin, out, c.config().Log)
}

type backupCommand struct {
	File string `arg:"" help:"File to write; an older one is replaced."`
}

func (b *backupCommand) Run(ctx context.Context, c *cli) error {
	return app.Backup(ctx, c.config(), b.File)
}

type restoreCommand struct {
	File string `arg:"" help:"File that backup wrote."`
}

func (r *restoreCommand) Run(ctx context.Context, c *cli) error {
	return app.Restore(ctx, c.config(), r.File)
}

type versionCommand struct{}

func (versionCommand) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, version)
	return err
}
