package app

import (
	"context"
	"time"

	"throughline/models/store"
	"throughline/sync/service"
	"throughline/sync/workflow"
)

// erpWriters is how many orders are made at a time.
const erpWriters = 2

// startWorkflow carries recommendations to orders. Without an ERP, what is
// approved waits for one.
func (p *Program) startWorkflow(ctx context.Context) error {
	var writers []*service.Loop
	wakeWriters := func() {
		for _, w := range writers {
			w.Wake()
		}
	}
	flow, err := workflow.New(workflow.Config{
		Store: store.NewWorkflow(p.db), Engine: p.systems.replenishment, Clock: *p.clock.Load(),
		Approved: wakeWriters, Logger: p.cfg.Log,
	})
	if err != nil {
		return err
	}
	p.workflow = flow
	if p.systems.erp != nil {
		for range erpWriters {
			writer, err := workflow.NewWriter(workflow.WriterConfig{Workflow: flow, Orders: p.systems.erp})
			if err != nil {
				return err
			}
			loop, err := p.startLoop(ctx, "erp writer", time.Second, writer.RunOnce)
			if err != nil {
				return err
			}
			writers = append(writers, loop)
		}
	}
	consumer, err := workflow.NewConsumer(workflow.ConsumerConfig{
		Workflow: flow, Changes: store.NewChanges(p.db), Cursors: p.db.Pool,
	})
	if err != nil {
		return err
	}
	loop, err := p.startLoop(ctx, "workflow", time.Second, consumer.RunOnce)
	if err != nil {
		return err
	}
	p.onApplied(loop.Wake)
	return nil
}

// startLoop runs a round again and again, at least every poll.
func (p *Program) startLoop(ctx context.Context, name string, poll time.Duration,
	round func(context.Context) (bool, error),
) (*service.Loop, error) {
	loop, err := service.New(service.Config{Name: name, RunOnce: round, Poll: poll, Logger: p.cfg.Log})
	if err != nil {
		return nil, err
	}
	return loop, p.startService(ctx, name, loop)
}
