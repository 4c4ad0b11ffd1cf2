// Package erp is the demo distributor's ERP: it owns items, suppliers, DCs,
// balances and orders, sells by the real demand, takes purchase and transfer
// orders over HTTP and lets its suppliers answer. All it says to others goes
// through its outbox.
package erp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/fault"
)

// Source is the tower's name of this system.
const Source = "erp"

const (
	unit     = "EA"
	currency = "GBP"

	defaultTick  = 500 * time.Millisecond
	defaultCount = 10 * time.Second
)

// Config of an ERP.
type Config struct {
	DB    *pgxpool.Pool
	Data  *demodata.Data
	Clock *calendar.Clock
	Board *fault.Board
	Token string // bearer token of the order API

	// AllowDuplicateReferences switches off the check that a reference is used
	// once, so that others can prove theirs.
	AllowDuplicateReferences bool

	// Replay sends again what the ERP has sent under these numbers of a series, as far
	// as it still has it, and says how much that is; nil offers none.
	Replay func(series string, first, last int64) int
	// ReplayTime does the same for the events of a type, of a DC or of all, from since on
	// and before until; there whenever Replay is.
	ReplayTime func(ctx context.Context, kind models.EventType, dc string, since, until time.Time) (int, error)

	Tick       time.Duration // between two looks at what is due; default 500 ms
	CountEvery time.Duration // between two rolling stock counts, real time; default 10 s
	Logger     *slog.Logger
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.DB == nil || c.Data == nil || c.Clock == nil || c.Board == nil || c.Token == "" {
		return errors.New("erp: database, data, clock, fault board and token are needed")
	}
	if c.Tick <= 0 {
		c.Tick = defaultTick
	}
	if c.CountEvery <= 0 {
		c.CountEvery = defaultCount
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Logger = c.Logger.With(slog.String("source", Source))
	return nil
}

// ERP is the running system. Its methods are safe for concurrent use.
type ERP struct {
	cfg       Config
	items     map[string]demodata.Item
	suppliers map[string]demodata.Supplier
	dcs       map[string]demodata.DC
	planner   planner

	mu sync.Mutex // one write at a time; guards what follows
	// stock is what the database has, nil when it must be read again.
	stock      map[key]balance
	plan       []saleLine // the sales of planDay
	planDay    int
	unique     bool
	loseAnswer bool // the next order is written and its answer lost
	refuseNext bool // the next order that somebody else asks for is refused
	countNext  int  // the item that the rolling count continues with

	toldBackwards time.Time // when the newer of two balances was last sent first
}

// New makes the ERP and, in an empty database, its first state: masters,
// stock, open orders and the sales history, all announced.
func New(ctx context.Context, cfg Config) (*ERP, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	e := &ERP{
		cfg:       cfg,
		items:     make(map[string]demodata.Item),
		suppliers: make(map[string]demodata.Supplier),
		dcs:       make(map[string]demodata.DC),
		planner:   planner{cfg.Data},
		planDay:   -1,
		unique:    !cfg.AllowDuplicateReferences,
	}
	for _, item := range cfg.Data.Items {
		e.items[item.Code] = item
	}
	for _, supplier := range cfg.Data.Suppliers {
		e.suppliers[supplier.Code] = supplier
	}
	for _, dc := range cfg.Data.DCs {
		e.dcs[dc.Code] = dc
	}
	if err := e.seed(ctx); err != nil {
		return nil, fmt.Errorf("erp: make the first state: %w", err)
	}
	e.registerFaults()
	return e, nil
}

// Run sells, ships and receives until ctx ends.
func (e *ERP) Run(ctx context.Context) {
	tick := time.NewTicker(e.cfg.Tick)
	defer tick.Stop()
	count := time.NewTicker(e.cfg.CountEvery)
	defer count.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			err = e.Advance(ctx)
		case <-count.C:
			err = e.count(ctx)
		}
		if err != nil && ctx.Err() == nil {
			e.cfg.Logger.WarnContext(ctx, "the ERP fell behind", slog.Any("error", err))
		}
	}
}

// Advance does everything that is due at the present business time. While the
// ERP is down nothing happens; it catches up later.
func (e *ERP) Advance(ctx context.Context) error {
	for more := true; more; {
		if e.down() || ctx.Err() != nil {
			return nil //nolint:nilerr // a shutdown is no failure
		}
		if err := e.tellBackwards(ctx); err != nil {
			return fmt.Errorf("tell backwards: %w", err)
		}
		sold, err := e.sellDue(ctx)
		if err != nil {
			return fmt.Errorf("sell: %w", err)
		}
		done, err := e.workAgenda(ctx)
		if err != nil {
			return fmt.Errorf("agenda: %w", err)
		}
		more = sold || done
	}
	return nil
}

func (e *ERP) down() bool {
	_, down := e.cfg.Board.Active(fault.ERPDown)
	return down
}

// SetUniqueReferences switches the check that a reference is used once.
func (e *ERP) SetUniqueReferences(on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.unique = on
}

// Handler serves the order and balance API.
func (e *ERP) Handler() http.Handler { return e.routes() }
