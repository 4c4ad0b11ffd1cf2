package app

import (
	"context"
	"fmt"

	"throughline/models"
	"throughline/models/store"
)

// refusedDesk decides on what subscribers refused.
type refusedDesk struct {
	*store.Failures
	p *Program
}

// Redeliver sends an event once more, with the audit rows of what is asked and of
// what came of it. CodeConflict when it is settled already or refused again.
func (d refusedDesk) Redeliver(ctx context.Context, subscription string, id int64, actor, reason string) error {
	if reason == "" {
		return models.Errorf(models.CodeInvalid, "Say what has changed since.")
	}
	return d.DecideRefused(ctx, subscription, id, func(e models.RefusedEvent) error {
		entry := models.AuditEntry{
			Actor: actor, Action: "route.deliver", Subject: "route:" + subscription, Reason: reason, Before: fmt.Sprintf(`{"event":%d}`, e.Event.Seq),
		}
		return store.NewAudit(d.p.db).Around(ctx, entry, func(ctx context.Context) error { return d.p.router.Redeliver(ctx, e) })
	})
}
