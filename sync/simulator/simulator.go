// Package simulator is the demo distributor: an ERP, a forecasting system and
// a replenishment engine as three HTTP servers that know the tower only by its
// public API and webhooks, and a control server to break things on purpose.
package simulator

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/forecasting"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/replenishment"
	"throughline/sync/simulator/simdb"
)

// heartbeat is how often business time is saved and faults are rolled for: a
// kill -9 sets business time back by no more.
const heartbeat = time.Second

// Addresses are base URLs of the running servers; deliveries go to /webhooks
// of the forecasting and the replenishment server.
type Addresses struct{ ERP, Forecasting, Replenishment, Control string }

// Running is a started demo distributor.
type Running struct {
	Addresses Addresses
	// Clock is the business clock until the next start.
	Clock models.BusinessClock

	cfg     Config
	db      *pgxpool.Pool
	clock   *calendar.Clock
	board   *fault.Board
	erp     *erp.ERP
	senders map[string]*outbox.Sender
	servers []*http.Server
	work    sync.WaitGroup
	done    chan struct{}
	failure error
}

// Run starts the demo distributor and returns when it answers. It ends with
// ctx, within two seconds; Wait tells when.
func Run(ctx context.Context, cfg Config) (*Running, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	db, err := simdb.Open(ctx, cfg.DSN)
	if err != nil {
		return nil, err
	}
	r := &Running{cfg: cfg, db: db, senders: make(map[string]*outbox.Sender), done: make(chan struct{})}
	if err := r.start(ctx); err != nil {
		r.closeServers()
		r.work.Wait()
		db.Close()
		return nil, fmt.Errorf("start the demo distributor: %w", err)
	}
	go r.end(ctx)
	return r, nil
}

// Wait returns when everything has stopped, with what went wrong on the way.
func (r *Running) Wait() error {
	<-r.done
	return r.failure
}

func (r *Running) start(ctx context.Context) error {
	data, err := demodata.Load()
	if err != nil {
		return err
	}
	if n := r.cfg.Items; n > 0 && n < len(data.Items) {
		data.Items = data.Items[:n]
	}
	if r.clock, err = calendar.LoadFrom(ctx, r.db, r.cfg.Start, r.cfg.Day, r.cfg.Now); err != nil {
		return err
	}
	r.Clock = r.clock.Anchored()
	if err := r.keepExchange(ctx); err != nil {
		return err
	}
	if r.board, err = fault.NewBoard(ctx, r.db, r.cfg.Faults, r.cfg.Now, r.cfg.Logger); err != nil {
		return err
	}
	if r.cfg.Seed != 0 {
		r.board.Seed(r.cfg.Seed)
	}
	return r.startSystems(ctx, data)
}

func (r *Running) startSystems(ctx context.Context, data *demodata.Data) error {
	var err error
	r.erp, err = erp.New(ctx, erp.Config{
		DB: r.db, Data: data, Clock: r.clock, Board: r.board, Token: r.cfg.ERPToken,
		AllowDuplicateReferences: r.cfg.AllowDuplicateReferences, Logger: r.cfg.Logger,
		Replay: func(series string, first, last int64) int { return r.senders[erp.Source].Replay(series, first, last) },
		ReplayTime: func(ctx context.Context, kind models.EventType, dc string, since, until time.Time) (int, error) {
			return r.senders[erp.Source].ReplayTime(ctx, kind, dc, since, until)
		},
	})
	if err != nil {
		return err
	}
	forecasts, engine, err := r.newEngines(ctx, data)
	if err != nil {
		return err
	}
	if err := r.makeSenders(ctx, forecasts, engine); err != nil {
		return err
	}
	r.registerFaults(data)
	for _, s := range []struct {
		url     *string
		addr    string
		handler http.Handler
	}{
		{&r.Addresses.ERP, r.cfg.ERP.Addr, r.erp.Handler()},
		{&r.Addresses.Forecasting, r.cfg.Forecasting.Addr, forecasts.Handler()},
		{&r.Addresses.Replenishment, r.cfg.Replenishment.Addr, engine.Handler()},
		{&r.Addresses.Control, r.cfg.ControlAddr, r.control()},
	} {
		if *s.url, err = r.listen(s.addr, s.handler); err != nil {
			return err
		}
	}
	for _, sender := range r.senders {
		r.spawn(ctx, sender.Run)
	}
	r.spawn(ctx, r.afterFirstState(r.erp.Run), r.afterMasters(forecasts.Run), engine.Run, r.beat)
	return nil
}

// newEngines makes the two systems that the tower delivers to.
func (r *Running) newEngines(ctx context.Context, data *demodata.Data) (*forecasting.Forecasting, *replenishment.Engine, error) {
	sales := forecasting.Config{
		DB: r.db, Data: data, Clock: r.clock, Board: r.board, Secret: r.cfg.Forecasting.Secret, Logger: r.cfg.Logger,
	}
	facts := replenishment.Config{
		DB: r.db, Clock: r.clock, Board: r.board, Secret: r.cfg.Replenishment.Secret, Logger: r.cfg.Logger,
	}
	if r.cfg.Exchange == ExchangeNightly {
		var err error
		if sales.Inbox, facts.Inbox, err = r.inboxes(); err != nil {
			return nil, nil, err
		}
	}
	forecasts, err := forecasting.New(sales)
	if err != nil {
		return nil, nil, err
	}
	engine, err := replenishment.New(ctx, facts)
	return forecasts, engine, err
}
