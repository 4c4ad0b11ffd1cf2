// Package replenishment is the demo distributor's replenishment engine. It
// works only from what the tower delivers to its webhook: masters, balances
// and movements, forecast revisions, orders and confirmations. For each
// item-DC it looks at it posts an evaluation, "no action" included, and a
// recommendation where one is due.
package replenishment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/inbox"
	"throughline/sync/simulator/replenish"
	"throughline/sync/simulator/stockapi"
	"throughline/sync/simulator/webhook"
)

// Source is the tower's name of this system.
const Source = "replenishment"

// Types are the events that the tower must deliver here.
func Types() []models.EventType {
	return []models.EventType{
		models.TypeItemChanged, models.TypeSupplierChanged, models.TypeLocationChanged,
		models.TypeBalance, models.TypeMovement, models.TypeForecastRevision,
		models.TypePurchaseOrder, models.TypeTransferOrder, models.TypeConfirmation,
	}
}

const (
	unit = "EA"
	// undecidedDays is how many business days a recommendation waits for a
	// decision before the engine makes a fresh one.
	undecidedDays = 5
	batch         = 200
	defaultTick   = time.Second
	maxRequest    = 1 << 16
)

// Config of an Engine.
type Config struct {
	DB     *pgxpool.Pool
	Clock  *calendar.Clock
	Board  *fault.Board
	Secret string            // that the tower signs deliveries with, whsec_…
	Inbox  *inbox.Inbox      // of the nightly exchange; nil uses what comes at once
	Policy *replenish.Policy // default replenish.DefaultPolicy
	Tick   time.Duration     // between two runs; default 1 s
	Logger *slog.Logger
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.DB == nil || c.Clock == nil || c.Board == nil {
		return errors.New("replenishment: database, clock and fault board are needed")
	}
	if c.Policy == nil {
		policy := replenish.DefaultPolicy()
		c.Policy = &policy
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

// Engine is the running system. Its methods are safe for concurrent use.
type Engine struct {
	cfg      Config
	receiver *webhook.Receiver

	mu    sync.Mutex
	known *knowledge   // what the database has; nil when it must be read again
	asked map[key]bool // to be evaluated at the next run, whatever changed
	ran   time.Time    // the newest night whose run is complete, business time

	refuseNext bool            // the next confirmation is refused for good
	refused    map[string]bool // ids of the events that are
}

// New makes an Engine that continues from its database.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, asked: make(map[key]bool), refused: make(map[string]bool)}
	receiver, err := webhook.New(cfg.Secret, e.receive, cfg.Logger)
	if err != nil {
		return nil, err
	}
	e.receiver = receiver
	if e.known, err = loadKnowledge(ctx, cfg.DB); err != nil {
		return nil, err
	}
	e.registerFaults()
	return e, nil
}

// Run evaluates what is due until ctx ends.
func (e *Engine) Run(ctx context.Context) {
	tick := time.NewTicker(e.cfg.Tick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := e.Advance(ctx); err != nil && ctx.Err() == nil {
			e.cfg.Logger.WarnContext(ctx, "replenishment fell behind", slog.Any("error", err))
		}
	}
}

// Handler takes the tower's deliveries at POST /webhooks and requests to look
// at an item-DC now at POST /replenishment/evaluations, and shows the stock it
// works from at GET /replenishment/stock.
func (e *Engine) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /webhooks", e.receiver)
	mux.HandleFunc("POST /replenishment/evaluations", e.postEvaluation)
	stockapi.Serve(mux, "/replenishment/stock", e, e.cfg.Logger)
	return mux
}

func (e *Engine) postEvaluation(w http.ResponseWriter, r *http.Request) {
	var wanted struct {
		Item   string `json:"item"`
		DC     string `json:"dc"`
		Reason string `json:"reason"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&wanted)
	if err != nil || wanted.Item == "" || wanted.DC == "" {
		http.Error(w, "item and dc are needed", http.StatusBadRequest)
		return
	}
	e.mu.Lock()
	e.asked[key{wanted.Item, wanted.DC}] = true
	e.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

// receive takes one delivery, durably; in the nightly exchange it has no effect
// before the next import.
func (e *Engine) receive(ctx context.Context, events []webhook.Event) error {
	if _, refuses := e.cfg.Board.Active(fault.RefusedDeliveries); refuses {
		return errors.New("broken on purpose: nothing is taken")
	}
	if _, busy := e.cfg.Board.Active(fault.BusyTarget); busy {
		return &webhook.BusyError{Pause: busyPause}
	}
	if err := e.refusal(ctx, events); err != nil {
		return err
	}
	if e.cfg.Inbox != nil {
		return e.cfg.Inbox.Keep(ctx, events)
	}
	return e.learn(ctx, events)
}

// learn takes the facts of some events. Older versions and facts that are known
// already change nothing.
func (e *Engine) learn(ctx context.Context, events []webhook.Event) error {
	return e.change(ctx, func(draft *draft) error {
		for _, event := range events {
			if err := draft.learn(event); err != nil {
				return fmt.Errorf("event %s: %w", event.ID, err)
			}
		}
		return nil
	})
}
