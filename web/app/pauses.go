package app

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/pause"
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
