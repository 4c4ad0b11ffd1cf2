package app

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/reconcile"
	"throughline/sync/simulator"
)

// startReconcile compares the stock of the ERP with the copies that are
// declared, where one is connected.
func (p *Program) startReconcile(ctx context.Context) error {
	copies := p.copies()
	comparisons := p.comparisons(ctx, copies)
	if p.systems.erp == nil || len(comparisons) == 0 && len(p.declared.Compare) > 0 {
		return nil
	}
	reconciler, err := reconcile.New(reconcile.Config{
		Source: p.erpSource(), Owner: p.systems.erp, Ledger: p.systems.erp, Copies: copies, Comparisons: comparisons, Unconnected: p.unconnected(),
		Intake: gatedIntake{reconcile.ThroughLog(p.appender, p.shards), p.pauses}, Paused: p.uncomparable, Reconciles: store.NewReconciles(p.db),
		Every: p.cfg.reconcileEvery(), Window: p.cfg.inFlight(), Changed: func() { p.notifier.Touch(models.TopicOverview, models.TopicReconciliation) }, Logger: p.cfg.Log,
	})
	if err != nil {
		return err
	}
	p.reconciler = reconciler
	return p.startService(ctx, "reconcile", reconciler)
}

// copies are what the connected systems hold of the stock. In the nightly exchange they
// rightly hold the figures of their last import.
func (p *Program) copies() []reconcile.Copy {
	if p.nightly() {
		return nil
	}
	copies := make([]reconcile.Copy, len(p.systems.held))
	for i, held := range p.systems.held {
		copies[i] = reconcile.Copy{System: p.systemOf(held.target), Holds: held.stock, Deliver: p.router}
	}
	return copies
}

// erpSource is the name of the connected ERP among the sources.
func (p *Program) erpSource() string {
	if len(p.declared.Compare) > 0 {
		return p.declared.Compare[0].Owner
	}
	return p.systemOf("erp")
}

// systemOf is the name of the one system of a kind that the tower calls: as it is
// declared, else the kind itself.
func (p *Program) systemOf(kind string) string {
	for _, s := range p.declared.Systems {
		if s.Kind == kind {
			return s.Name
		}
	}
	return kind
}

// comparisons are the declared ones, without the copies that nothing connected
// reads, which are kept to be shown.
func (p *Program) comparisons(ctx context.Context, connected []reconcile.Copy) []models.Comparison {
	var declared []models.Comparison
	for _, c := range p.declared.Compare {
		c.Copies = slices.DeleteFunc(slices.Clone(c.Copies), func(name string) bool {
			held := p.systems.erp != nil && (name == models.CopyHere || slices.ContainsFunc(connected, func(s reconcile.Copy) bool { return s.System == name }))
			if !held {
				p.uncompared = append(p.uncompared, models.UncomparedCopy{Comparison: c.Name, System: name})
				p.cfg.Log.WarnContext(ctx, "a copy is not compared: its system is not connected", slog.String("comparison", c.Name), slog.String("system", name))
			}
			return !held
		})
		if len(c.Copies) > 0 {
			declared = append(declared, c)
		}
	}
	return declared
}

// unconnected are the systems whose declared copies nothing connected reads.
func (p *Program) unconnected() []string {
	systems := make([]string, len(p.uncompared))
	for i, c := range p.uncompared {
		systems[i] = c.System
	}
	return systems
}

// reconcileEvery is often in the demo, so that a fault is found while one looks.
func (c *Config) reconcileEvery() time.Duration {
	if c.Demo != nil {
		return time.Minute
	}
	return 5 * time.Minute
}

// inFlight is how long an event may be on its way from the ERP: until the night's
// file is due, else 0 for the usual.
func (c *Config) inFlight() time.Duration {
	if c.Demo == nil || c.Demo.Exchange != simulator.ExchangeNightly {
		return 0
	}
	return c.Demo.intervals().erp
}

// reconcileDesk has comparisons made; without an ERP there is none to make.
type reconcileDesk struct{ p *Program }

func (d reconcileDesk) Sources() []string {
	if d.p.reconciler == nil {
		return nil
	}
	return d.p.reconciler.Sources()
}

func (d reconcileDesk) Uncompared() []models.UncomparedCopy { return d.p.uncompared }

func (d reconcileDesk) Ask(source, actor string) error {
	if d.p.reconciler == nil {
		return errNoERP()
	}
	return d.p.reconciler.Ask(source, actor)
}
