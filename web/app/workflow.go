package app

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/workflow"
)

// erpWriters is how many orders are made at a time.
const erpWriters = 2

const (
	agedAfter = 24 * time.Hour
	// minAged leaves a person the time to read, however fast the demo's days are.
	minAged = 10 * time.Minute
)

// basisWindow is the real time after which a stock figure is AGED; in the demo
// it shrinks with the business day.
func (p *Program) basisWindow() time.Duration {
	if p.cfg.Demo == nil {
		return agedAfter
	}
	return max(p.clock.Load().Duration(agedAfter), minAged)
}

// startWorkflow carries recommendations to orders. Without an ERP, what is
// approved waits for one.
func (p *Program) startWorkflow(ctx context.Context) error {
	var services *workflow.Services
	flow, err := workflow.New(workflow.Config{
		Store: store.NewWorkflow(p.db), Engine: p.systems.replenishment, Clock: *p.clock.Load(),
		BasisWindow: p.basisWindow(), Approved: func() { services.WakeWriters() }, Tracer: p.tracer, Logger: p.cfg.Log,
	})
	if err != nil {
		return err
	}
	consumer, err := workflow.NewConsumer(workflow.ConsumerConfig{
		Workflow: flow, Changes: store.NewChanges(p.db), Cursors: p.db.Pool,
	})
	if err != nil {
		return err
	}
	writers, err := p.erpWriters(flow)
	if err != nil {
		return err
	}
	if services, err = workflow.NewServices(consumer, writers, time.Second); err != nil {
		return err
	}
	p.workflow = flow
	p.onApplied(services.Wake)
	return p.startService(ctx, "workflow", services)
}

func (p *Program) erpWriters(flow *workflow.Workflow) ([]*workflow.Writer, error) {
	if p.systems.erp == nil {
		return nil, nil
	}
	var writers []*workflow.Writer
	for range erpWriters {
		writer, err := workflow.NewWriter(workflow.WriterConfig{Workflow: flow, Orders: p.systems.erp, Retries: p.declared.Order,
			AskBefore: time.Now(), Paused: func() bool { return p.pauses.Target(models.TargetERP) }})
		if err != nil {
			return nil, err
		}
		writers = append(writers, writer)
	}
	return writers, nil
}
