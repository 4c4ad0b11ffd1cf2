package app

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/pause"
	"throughline/sync/reconcile"
)

// startPauses reads what people have stopped, before anything works.
func (p *Program) startPauses(ctx context.Context) error {
	board, err := pause.New(pause.Config{Store: store.NewPauses(p.db), Logger: p.cfg.Log})
	if err != nil {
		return err
	}
	p.pauses = board
	return p.startService(ctx, "pauses", board)
}

// pauseDesk stops and resumes, and lets it take hold in this process at once.
type pauseDesk struct {
	*pauseRows
	board *pause.Board
}

func (p *Program) pauseDesk() pauseDesk { return pauseDesk{store.NewPauses(p.db), p.pauses} }

// pauseRows has a name under which its methods can be embedded.
type pauseRows = store.Pauses

func (d pauseDesk) Pause(ctx context.Context, to models.Pause) error {
	defer d.board.Look()
	return d.pauseRows.Pause(ctx, to)
}

func (d pauseDesk) Resume(ctx context.Context, kind models.PauseKind, name, actor, reason string, now time.Time) error {
	defer d.board.Look()
	return d.pauseRows.Resume(ctx, kind, name, actor, reason, now)
}

// gatedIntake takes nothing in that its source is asked to keep, though the tower
// itself has read it.
type gatedIntake struct {
	reconcile.Intake
	board *pause.Board
}

func (g gatedIntake) Accept(ctx context.Context, e models.Event) (int64, error) {
	if err := g.board.Take(e.Source, e.Type.Entity()); err != nil {
		return 0, err
	}
	return g.Intake.Accept(ctx, e)
}

// uncomparable says why the stock of a source is not compared now: the ERP owns it,
// what it is asked to keep would differ, and a copy is read from who holds it.
func (p *Program) uncomparable(source string) error {
	if err := p.pauses.Call(models.TargetERP); err != nil {
		return err
	}
	if err := p.pauses.Take(p.erpSource(), models.TypeBalance.Entity()); err != nil {
		return err
	}
	for _, held := range p.systems.held {
		if source == p.systemOf(held.target) {
			return p.pauses.Call(held.target)
		}
	}
	return nil
}
