package app

import (
	"context"

	"throughline/models"
	"throughline/sync/pause"
	"throughline/sync/workflow"
)

// writeDesk is what people do about orders that the ERP has not made.
type writeDesk struct {
	*workflow.Workflow
	pauses *pause.Board
}

func (p *Program) writeDesk() writeDesk { return writeDesk{p.workflow, p.pauses} }

// Resubmit sets an order going again and says what comes of it: while the ERP is
// not to be called, it waits.
func (d writeDesk) Resubmit(ctx context.Context, write int64, actor, reason string) (string, error) {
	if err := d.Workflow.Resubmit(ctx, write, actor, reason); err != nil {
		return "", err
	}
	if p, paused := d.pauses.Of(models.PauseTarget, models.TargetERP); paused {
		return "The order waits and is sent when the pause is over: calls to the ERP are " + p.Words(), nil
	}
	return "The order is resubmitted.", nil
}
