package catchup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"throughline/sync/connector"
)

const (
	// onTheWay is how long before the newest event of a backup something may have
	// happened that was not here yet.
	onTheWay = time.Hour
	// ordersAgain is after what time an ERP that did not answer is asked again.
	ordersAgain = 30 * time.Second
)

// listOrders lets a restored tower read, once, the orders that were made or changed
// since its backup: what the tower does not know it cannot ask for by its reference.
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
		said := fmt.Sprintf("%s lists %d orders that were made or changed since %s; %d of them were not known here and were read.",
			name, listed, since.Add(-onTheWay).UTC().Format("2 Jan 2006 15:04 UTC"), came)
		switch failed, told := errors.AsType[*connector.Error](err); {
		case told && failed.Code == connector.CodeNotFound:
			said = name + " does not list its orders. What was ordered after the backup is unknown here until it tells of it."
		case told:
			s.ordersFrom = s.cfg.Now().Add(ordersAgain)
			return nil
		case err != nil:
			return err
		}
		return s.cfg.Restores.Caught(ctx, said)
	}
	return nil
}
