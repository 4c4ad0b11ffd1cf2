// Package forecasting is the demo distributor's forecasting system. It knows
// the sales history it was trained with and, from then on, only the sales
// orders and the stock that the tower delivers; it publishes a revision of an
// item's forecast at a DC when it has changed materially. On a day on which an
// item was sold out, what was asked for is the least that would have been.
package forecasting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/forecast"
	"throughline/sync/simulator/inbox"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/stockapi"
	"throughline/sync/simulator/webhook"
)

// Source is the tower's name of this system.
const Source = "forecasting"

// Types are the events that the tower must deliver here.
func Types() []models.EventType {
	return []models.EventType{models.TypeSalesOrder, models.TypeBalance, models.TypeMovement}
}

const (
	unit         = "EA"
	model        = "ses-weekly"
	modelVersion = "ses-weekly-1"
	alpha        = 0.05

	// A DC's day is closed some business hours after its end, one DC after the
	// other, so that revisions come all day and not in one burst.
	firstClose   = 30 * time.Minute
	betweenClose = 210 * time.Minute

	lateFor     = 3 * time.Minute // real time of the fault
	defaultTick = time.Second
)

// Config of a Forecasting.
type Config struct {
	DB     *pgxpool.Pool
	Data   *demodata.Data
	Clock  *calendar.Clock
	Board  *fault.Board
	Secret string        // that the tower signs deliveries with, whsec_…
	Inbox  *inbox.Inbox  // of the nightly exchange; nil uses what comes at once
	Tick   time.Duration // between two looks at the calendar; default 1 s
	Logger *slog.Logger
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.DB == nil || c.Data == nil || c.Clock == nil || c.Board == nil {
		return errors.New("forecasting: database, data, clock and fault board are needed")
	}
	if c.Tick <= 0 {
		c.Tick = defaultTick
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Logger = c.Logger.With(slog.String("source", Source))
	return nil
}

// Forecasting is the running system. Its methods are safe for concurrent use.
type Forecasting struct {
	cfg      Config
	receiver *webhook.Receiver
	rule     forecast.Materiality
	smooth   forecast.Smoothing
	profiles map[string]forecast.Profile // by DC
	lead     map[string]int              // business days by item

	holding sync.Mutex // of the stock: one delivery at a time

	mu  sync.Mutex // one write at a time; guards what follows
	ran time.Time  // the newest night whose run is complete, business time
}

// New makes the system, which publishes nothing before Run.
func New(cfg Config) (*Forecasting, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	f := &Forecasting{
		cfg:      cfg,
		rule:     forecast.Materiality{MinPieces: decimal.NewFromInt(5), Share: decimal.RequireFromString("0.2")},
		smooth:   forecast.Smoothing{Alpha: alpha},
		profiles: make(map[string]forecast.Profile),
		lead:     make(map[string]int),
	}
	f.learn()
	handle := f.receive
	if cfg.Inbox != nil {
		handle = cfg.Inbox.Keep
	}
	receiver, err := webhook.New(cfg.Secret, handle, cfg.Logger)
	if err != nil {
		return nil, err
	}
	f.receiver = receiver
	cfg.Board.Register(fault.Fault{
		Name: fault.ForecastsLate, Duration: lateFor,
		Description: "Forecast runs are held back for three minutes.",
	})
	return f, nil
}

// learn takes weekly profiles and lead times from the embedded history.
func (f *Forecasting) learn() {
	start := calendar.DataDay(calendar.Start())
	for dc, site := range f.cfg.Data.DCs {
		pooled := make([]int, start)
		for item := range f.cfg.Data.Items {
			for day := range pooled {
				pooled[day] += f.cfg.Data.Demand(item, dc, day)
			}
		}
		f.profiles[site.Code] = forecast.WeeklyProfile(pooled, calendar.Epoch().Weekday())
	}
	suppliers := make(map[string]int)
	for _, supplier := range f.cfg.Data.Suppliers {
		suppliers[supplier.Code] = supplier.LeadTime()
	}
	for _, item := range f.cfg.Data.Items {
		f.lead[item.Code] = suppliers[item.Supplier]
	}
}

// Run closes the days of all DCs as they end, until ctx ends.
func (f *Forecasting) Run(ctx context.Context) {
	tick := time.NewTicker(f.cfg.Tick)
	defer tick.Stop()
	for {
		if err := f.Advance(ctx); err != nil && ctx.Err() == nil {
			f.cfg.Logger.WarnContext(ctx, "forecasting fell behind", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Advance publishes the first revisions, once, and closes every day that is
// due; in the nightly exchange, for all DCs at the import of the night.
func (f *Forecasting) Advance(ctx context.Context) error {
	if _, late := f.cfg.Board.Active(fault.ForecastsLate); late {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.publishFirst(ctx); err != nil {
		return fmt.Errorf("first revisions: %w", err)
	}
	if f.cfg.Inbox != nil {
		return f.advanceNight(ctx, f.cfg.Inbox.Night())
	}
	for i, dc := range f.cfg.Data.DCs {
		due := firstClose + time.Duration(i)*betweenClose
		if err := f.closeDays(ctx, dc.Code, f.cfg.Clock.Business().Add(-due)); err != nil {
			return err
		}
	}
	return nil
}

// closeDays closes every day of a DC that has ended by a business time.
func (f *Forecasting) closeDays(ctx context.Context, dc string, business time.Time) error {
	for ctx.Err() == nil {
		closed, err := f.closeDay(ctx, dc, business)
		if err != nil {
			return fmt.Errorf("close a day of %s: %w", dc, err)
		}
		if !closed {
			break
		}
	}
	return nil
}

// Handler takes the tower's deliveries at POST /webhooks and shows the stock that is
// held at GET /forecasting/stock.
func (f *Forecasting) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /webhooks", f.receiver)
	stockapi.Serve(mux, "/forecasting/stock", f, f.cfg.Logger)
	return mux
}

// revision is the event for a series as it stands.
func (f *Forecasting) revision(s series, run string, now time.Time) outbox.Message {
	return outbox.Message{
		Type: models.TypeForecastRevision, Subject: s.item + "/" + s.dc, Item: s.item, DC: s.dc, OccurredAt: now,
		Data: models.ForecastRevision{
			Item: s.item, DC: s.dc, Revision: s.revision, Run: run, Model: model, ModelVersion: modelVersion,
			Bucket: "day", Start: s.start.Format(time.DateOnly), Quantities: s.quantities, Unit: unit, PublishedAt: now,
		},
	}
}
