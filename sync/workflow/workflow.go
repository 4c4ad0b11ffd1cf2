// Package workflow turns recommendations into decisions and decisions into
// exactly one order each in the ERP (invariant 6).
package workflow

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
	"throughline/sync/tracing"
)

// Store is where proposals, decisions and ERP writes are.
type Store interface {
	Change(ctx context.Context, fn func(*store.WorkflowTx) error) error
}

// Config says what a Workflow works with.
type Config struct {
	Store       Store
	Engine      connector.Replenishment // asked to look again by Recompute
	Policy      *Policy                 // default DefaultPolicy
	System      string                  // the ERP that orders go to; default models.TargetERP
	ERPTimeout  time.Duration           // within which the ERP itself ends a request it took; default 30 s
	Clock       models.BusinessClock    // default models.RealTime
	BasisWindow time.Duration           // real time after which a stock figure is AGED; default 24 h
	Now         func() time.Time        // default time.Now
	Approved    func()                  // called after each commit that leaves an order to make; default nothing
	Tracer      *tracing.Tracer         // is told of judgements, decisions and ERP calls; nil tells nobody
	Logger      *slog.Logger            // default slog.Default
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Store == nil || c.Engine == nil {
		return errors.New("workflow: a store and a replenishment engine are needed")
	}
	if c.BasisWindow < 0 || c.ERPTimeout < 0 {
		return errors.New("workflow: windows must not be negative")
	}
	if c.Policy == nil {
		policy, err := DefaultPolicy()
		if err != nil {
			return err
		}
		c.Policy = policy
	}
	if c.System == "" {
		c.System = models.TargetERP
	}
	if c.ERPTimeout == 0 {
		c.ERPTimeout = 30 * time.Second
	}
	if c.Clock.Day == 0 {
		c.Clock = models.RealTime()
	}
	if c.BasisWindow == 0 {
		c.BasisWindow = 24 * time.Hour
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Approved == nil {
		c.Approved = func() {}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return nil
}

// Workflow holds the rules of approval. It is safe for concurrent use, in any
// number of processes.
type Workflow struct {
	cfg   Config
	basis store.BasisRule
}

// New makes a Workflow.
func New(cfg Config) (*Workflow, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Workflow{cfg: cfg, basis: store.BasisRule{Clock: cfg.Clock, Window: cfg.BasisWindow}}, nil
}

// approve takes the last step of every approval, by policy or by people: the
// decision, the basis as it was known, and the intent to make the order, all in
// the caller's transaction.
func (w *Workflow) approve(tx *store.WorkflowTx, p models.Proposal, d models.DecisionRecord, basis models.BasisCheck) error {
	if err := tx.Decide(p.Recommendation, d); err != nil {
		return err
	}
	if err := tx.StoreCheck(p.Recommendation, basis); err != nil {
		return err
	}
	reference := models.OrderReference(p.Recommendation)
	return tx.CreateWrite(models.ERPWrite{
		Recommendation: p.Recommendation, System: w.cfg.System, Reference: reference,
		Request: orderRequest(p, reference), CreatedAt: d.DecidedAt,
	})
}

func orderRequest(p models.Proposal, reference string) models.OrderRequest {
	return models.OrderRequest{
		Kind: p.Kind, Reference: reference, Supplier: p.Supplier, FromDC: p.FromDC, DC: p.DC, Currency: p.Currency,
		Lines: []models.OrderRequestLine{{
			Line: 1, Item: p.Item, Quantity: p.Quantity, Unit: p.Unit, UnitPrice: p.UnitPrice, NeedBy: p.NeedBy.Format(time.DateOnly),
		}},
	}
}

func valueOf(quantity, price decimal.Decimal) decimal.Decimal { return quantity.Mul(price).Round(2) }

// now is the time to the microsecond, as the database keeps it.
func (w *Workflow) now() time.Time { return w.cfg.Now().UTC().Truncate(time.Microsecond) }
