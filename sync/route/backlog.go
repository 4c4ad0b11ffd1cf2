package route

import (
	"context"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// aheadPerShard bounds what one count looks at of each shard, batches being whole.
const aheadPerShard = 1000

// Backlog tells what routes have yet to deliver. The change log holds what
// everybody is sent; of it a route delivers what its filter takes. It is safe for
// concurrent use.
type Backlog struct {
	changes *store.Changes
	routes  *store.Routes
}

// NewBacklog counts through db.
func NewBacklog(db *store.DB) *Backlog {
	return &Backlog{changes: store.NewChanges(db), routes: store.NewRoutes(db)}
}

// ToDeliver is what waits for one route.
type ToDeliver struct {
	Events   int64
	AtLeast  bool       // the log holds more than was looked at
	OldestAt *time.Time // when the first of them took effect; nil for none
}

// Count looks at what follows the cursors of a route, and counts what it will
// deliver of the cut.
func (b *Backlog) Count(ctx context.Context, name string, cut models.FlowCut) (ToDeliver, error) {
	var waits ToDeliver
	s, err := b.routes.Subscription(ctx, name)
	if err != nil {
		return waits, err
	}
	filter, err := NewFilter(s)
	if err != nil {
		return waits, err
	}
	types := s.Types
	if cut.Typed() {
		types = slices.DeleteFunc(slices.Clone(types), func(t models.EventType) bool { return !slices.Contains(cut.Types(), t) })
	}
	ahead, err := b.changes.Ahead(ctx, s.Consumer(), types, s.DCs, aheadPerShard)
	if err != nil {
		return waits, err
	}
	waits.AtLeast = ahead.More
	for i := range ahead.Changes {
		change := &ahead.Changes[i]
		if cut.DC != "" && change.DC != cut.DC {
			continue
		}
		if takes, _ := filter.Takes(change.Event); !takes { // one in doubt is taken, as it is when it is delivered
			continue
		}
		waits.Events++
		if waits.OldestAt == nil {
			waits.OldestAt = &change.AppliedAt
		}
	}
	return waits, nil
}

// Hops puts what waits for each route of a cut in the place of all that follows its cursors.
func (b *Backlog) Hops(ctx context.Context, hops []models.Hop, cut models.FlowCut) error {
	for i := range hops {
		h := &hops[i]
		if h.Kind != models.HopRoute || h.Backlog == 0 {
			continue
		}
		waits, err := b.Count(ctx, h.Name, cut)
		if err != nil {
			return err
		}
		h.Backlog, h.AtLeast, h.OldestAt = waits.Events, waits.AtLeast, waits.OldestAt
	}
	return nil
}

// Statuses puts what waits for each route in the place of all that follows its cursors.
func (b *Backlog) Statuses(ctx context.Context, routes []models.RouteStatus) error {
	for i := range routes {
		r := &routes[i]
		if r.Backlog == 0 {
			continue
		}
		waits, err := b.Count(ctx, r.Name, models.FlowCut{})
		if err != nil {
			return err
		}
		r.Backlog, r.AtLeast, r.OldestAt = waits.Events, waits.AtLeast, waits.OldestAt
	}
	return nil
}
