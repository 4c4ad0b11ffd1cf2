package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/handlers/api"
	"throughline/models"
	"throughline/models/store"
	"throughline/sync/apply"
	"throughline/sync/contract"
	"throughline/sync/eventlog"
	"throughline/sync/ingest"
	"throughline/sync/service"
	"throughline/web"
)

// tower is the whole way of an event, from the socket to the position.
type tower struct {
	db      *store.DB
	addr    string
	key     string
	applied chan struct{} // something was applied
	parts   service.Group
	http    *http.Server
	drop    func()
}

func startTower(ctx context.Context, b *bench) (_ *tower, err error) {
	t := &tower{applied: make(chan struct{}, 1)}
	if t.db, t.drop, err = b.database(ctx, 16); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			t.stop()
		}
	}()
	if t.key, err = ingest.IssueKey(ctx, store.NewAPIKeys(t.db), models.APIKey{Source: source}, "bench"); err != nil {
		return nil, err
	}
	e, err := t.assemble(ctx)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t.addr = listener.Addr().String()
	t.http = &http.Server{Handler: e, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = t.http.Serve(listener) }()
	return t, t.sendMasters(ctx)
}

// assemble wires intake and apply as the program does.
func (t *tower) assemble(ctx context.Context) (*echo.Echo, error) {
	log := store.NewLog(t.db)
	shards, err := log.Shards(ctx)
	if err != nil {
		return nil, err
	}
	signal := eventlog.NewSignal(shards.Total())
	silent := slog.New(slog.DiscardHandler)
	appender, err := eventlog.New(eventlog.Config{Log: log, Signal: signal, Logger: silent})
	if err != nil {
		return nil, err
	}
	engine, err := apply.New(ctx, apply.Config{DB: t.db, Signal: signal, Logger: silent, Applied: t.noteApplied})
	if err != nil {
		return nil, err
	}
	recorder, err := ingest.NewRecorder(store.NewRejectionLog(t.db), silent)
	if err != nil {
		return nil, err
	}
	t.parts = service.Group{engine, appender, recorder}
	if err := t.parts.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	contracts, err := contract.NewRegistry()
	if err != nil {
		return nil, err
	}
	keys := ingest.NewAuthenticator(store.NewAPIKeys(t.db), time.Minute, time.Now)
	intake, err := ingest.New(ingest.Config{Keys: keys, Appender: appender, Contracts: contracts, Rejections: recorder, Shards: shards})
	if err != nil {
		return nil, err
	}
	e := echo.New()
	_, err = api.Mount(e, api.Config{
		Version: "bench", Intake: intake, Keys: keys, Books: store.NewBooks(t.db), Retention: store.NewRetention(t.db, nil), Positions: store.NewPositions(t.db),
		Contracts: contracts, Stock: store.NewStockTruths(t.db), Changes: store.NewChanges(t.db), Exports: store.NewExports(t.db), Totals: store.NewControlTotals(t.db), Audit: store.NewAudit(t.db), Files: intake, Traces: store.NewFailures(t.db),
		Cadences: store.NewCadences(t.db, nil),
		Budgets:  store.NewBudgets(t.db, nil), Ages: store.NewOverview(t.db), Latency: store.NewLatency(t.db), Alarms: store.NewAlarms(t.db), Recommendations: store.NewRecommendations(t.db), Shelves: store.NewKindShelves(t.db, nil), Pauses: store.NewPauses(t.db), Status: web.Status,
	})
	return e, err
}

func (t *tower) noteApplied(int16, int) {
	select {
	case t.applied <- struct{}{}:
	default:
	}
}

func (t *tower) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if t.http != nil {
		_ = t.http.Shutdown(ctx)
	}
	_ = t.parts.Stop(ctx)
	t.drop()
}

func (t *tower) sendMasters(ctx context.Context) error {
	c, err := dial(ctx, t.addr, t.key)
	if err != nil {
		return err
	}
	defer c.close()
	events := masters()
	body := []byte{'['}
	for i, event := range events {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, event...)
	}
	if err := c.post(batchType, append(body, ']')); err != nil {
		return err
	}
	return t.waitApplied(ctx)
}

// waitApplied returns when every shard's cursor is at what is now the head of its log.
func (t *tower) waitApplied(ctx context.Context) error {
	const patience = 2 * time.Minute
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	heads, err := store.NewLog(t.db).Heads(ctx)
	if err != nil {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		cursors, err := store.NewApply(t.db).Cursors(ctx, slices.Collect(maps.Keys(heads)))
		if err != nil {
			return err
		}
		behind := false
		for shard, head := range heads {
			behind = behind || cursors[shard].Seq < head
		}
		if !behind {
			return t.checkBooks(ctx)
		}
		select {
		case <-ctx.Done():
			return errors.New("the events were not applied in time")
		case <-t.applied:
		case <-tick.C:
		}
	}
}

// checkBooks keeps a fast engine that loses events out of the table.
func (t *tower) checkBooks(ctx context.Context) error {
	books, err := store.NewBooks(t.db).Read(ctx)
	if err != nil {
		return err
	}
	if missing := books.Total.Missing(); missing != 0 || books.Total.Parked != 0 || books.Total.Pending != 0 {
		return fmt.Errorf("the books do not balance: %+v", books.Total)
	}
	return nil
}
