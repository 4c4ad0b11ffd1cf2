package app

import (
	"context"

	"throughline/models"
	"throughline/sync/bulk"
)

// startBulk works off what people planned for many parked events at once.
func (p *Program) startBulk(ctx context.Context) error {
	service, err := bulk.New(bulk.Config{
		DB: p.db, Replay: p.apply, Moved: func() { p.notifier.Touch(models.TopicBooks) }, Logger: p.cfg.Log,
	})
	if err != nil {
		return err
	}
	p.bulk = service
	return p.startService(ctx, "bulk actions", service)
}
