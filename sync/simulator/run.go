package simulator

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"throughline/models"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/forecasting"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/replenishment"
)

const (
	stopWithin    = 1500 * time.Millisecond
	headerTimeout = 5 * time.Second
	pollOutbox    = 500 * time.Millisecond
	// shortestWindow bounds how often the systems state what they sent, however
	// short a business day is: the tower counts its log for each total.
	shortestWindow = 10 * time.Second
)

func (r *Running) makeSenders(ctx context.Context, forecasts *forecasting.Forecasting, engine *replenishment.Engine) error {
	for source, key := range map[string]string{
		erp.Source: r.cfg.ERP.Key, forecasting.Source: r.cfg.Forecasting.Key, replenishment.Source: r.cfg.Replenishment.Key,
	} {
		cfg := outbox.Config{
			Source: source, TowerURL: r.cfg.TowerURL, Key: key, Software: r.cfg.Software, DB: r.db, Logger: r.cfg.Logger,
			Nightly: r.nightly(source, forecasts, engine), Window: max(r.cfg.Day, shortestWindow),
		}
		if source == erp.Source {
			cfg.Hold = r.holdERP
		}
		sender, err := outbox.NewSender(ctx, cfg)
		if err != nil {
			return err
		}
		r.senders[source] = sender
	}
	return nil
}

// holdERP is what the ERP cannot send while a fault lasts.
func (r *Running) holdERP() outbox.Hold {
	_, down := r.board.Active(fault.ERPDown)
	hold := outbox.Hold{All: down}
	if dc, silent := r.board.Active(fault.SilentDC); silent {
		hold.DCs = []string{dc}
	}
	return hold
}

// afterMasters runs a loop when the ERP's master records have been sent: a forecast
// of an item that nobody knows yet helps nobody.
func (r *Running) afterMasters(loop func(context.Context)) func(context.Context) {
	return r.after(loop, "type = ANY($2)", []string{
		string(models.TypeLocationChanged), string(models.TypeSupplierChanged), string(models.TypeItemChanged),
	})
}

// afterFirstState runs a loop when all of the ERP's first state has been sent: what
// is traded meanwhile would wait behind it.
func (r *Running) afterFirstState(loop func(context.Context)) func(context.Context) {
	return r.after(loop, "first_state")
}

// after runs a loop when nothing that matches waits in the ERP's outbox.
func (r *Running) after(loop func(context.Context), match string, args ...any) func(context.Context) {
	return func(ctx context.Context) {
		tick := time.NewTicker(pollOutbox)
		defer tick.Stop()
		for r.waits(ctx, match, args...) {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
		loop(ctx)
	}
}

func (r *Running) waits(ctx context.Context, match string, args ...any) bool {
	var waiting bool
	err := r.db.QueryRow(ctx, "SELECT EXISTS (SELECT FROM outbox WHERE source = $1 AND "+match+")", append([]any{erp.Source}, args...)...).
		Scan(&waiting)
	return err != nil || waiting
}

// beat saves business time and lets faults come by their rates.
func (r *Running) beat(ctx context.Context) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	last := r.clock.Business()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := r.clock.Save(ctx, r.db); err != nil && ctx.Err() == nil {
			r.cfg.Logger.WarnContext(ctx, "business time not saved", slog.Any("error", err))
		}
		now := r.clock.Business()
		r.board.Roll(ctx, now.Sub(last))
		last = now
	}
}

// listen serves a handler and returns its base URL.
func (r *Running) listen(addr string, handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", addr) //nolint:noctx // local, at once
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	r.servers = append(r.servers, s)
	r.work.Go(func() {
		if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			r.cfg.Logger.Error("a simulated system stopped answering", slog.Any("error", err))
		}
	})
	return "http://" + listener.Addr().String(), nil
}

// spawn runs loops until ctx ends.
func (r *Running) spawn(ctx context.Context, loops ...func(context.Context)) {
	for _, loop := range loops {
		r.work.Go(func() { loop(ctx) })
	}
}

// end stops everything after ctx: the servers first, business time saved last.
func (r *Running) end(ctx context.Context) {
	defer close(r.done)
	<-ctx.Done()
	r.closeServers()
	r.work.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	r.failure = r.clock.Save(last, r.db)
	r.db.Close()
}

func (r *Running) closeServers() {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	for _, s := range r.servers {
		if s.Shutdown(ctx) != nil {
			_ = s.Close() // what is left open after the time-out is cut
		}
	}
}
