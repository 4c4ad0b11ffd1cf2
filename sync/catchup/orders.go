package catchup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"throughline/sync/connector"
)

const (
	// onTheWay is how long before the newest event of a backup something may have
	// happened that was not here yet.
	onTheWay = time.Hour
	// ordersAgain is after what time an ERP is asked again when it did not answer, or
	// when what came of it could not be kept.
	ordersAgain = 30 * time.Second
)

// listOrders lets a restored tower read, once, the orders that were made or changed
// since its backup: what the tower does not know it cannot ask for by its reference.
// What keeps it from that keeps it from nothing else, and is tried again.
func (s *Service) listOrders(ctx context.Context, sources []string) error {
	if s.caughtUp || s.cfg.Now().Before(s.ordersFrom) {
		return nil
	}
	since, restored, err := s.cfg.Restores.Since(ctx)
	if err != nil || !restored {
		s.caughtUp = err == nil
		return err
	}
	for _, name := range sources {
		if s.cfg.Sources[name].Orders == nil {
			continue
		}
		listed, came, err := s.cfg.Sources[name].Orders(ctx, since.Add(-onTheWay))
		s.ordersFrom = s.cfg.Now().Add(ordersAgain)
		s.ordersCame += came
		said := fmt.Sprintf("%s lists %d orders that were made or changed since %s; %d of them were not known here and were read.",
			name, listed, since.Add(-onTheWay).UTC().Format("2 Jan 2006 15:04 UTC"), s.ordersCame)
		switch failed, told := errors.AsType[*connector.Error](err); {
		case told && failed.Code == connector.CodeNotFound:
			said = name + " does not list its orders. What was ordered after the backup is unknown here until it tells of it."
		case err != nil && ctx.Err() != nil:
			return err
		case err != nil:
			s.cfg.Logger.WarnContext(ctx, "the orders since the backup could not be read", slog.String("source", name), slog.Any("error", err))
			return nil
		}
		return s.cfg.Restores.Caught(ctx, said)
	}
	return nil
}
