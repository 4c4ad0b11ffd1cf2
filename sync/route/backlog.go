package route

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"throughline/models"
	"throughline/models/store"
)

const (
	// aheadPerShard bounds what one count looks at of each shard, batches being whole.
	aheadPerShard = 1000
	// remembered is how long a count serves whoever looks at many routes at once.
	remembered = time.Second
	// countWithin bounds a count that several wait for, since none of them may end it.
	countWithin = 10 * time.Second
)

// Backlog tells what routes have yet to deliver. The change log holds what
// everybody is sent; of it a route delivers what its filter takes. It is safe for
// concurrent use; one serves all pages of a process, so that a count is made once a
// second however many look.
type Backlog struct {
	changes *store.Changes
	routes  *store.Routes
	now     func() time.Time
	counts  singleflight.Group

	mu    sync.Mutex
	known map[looked]ToDeliver
}

// looked is what was counted: of which route, in which cut.
type looked struct {
	route string
	cut   models.FlowCut
}

// NewBacklog counts through db.
func NewBacklog(db *store.DB) *Backlog {
	return &Backlog{changes: store.NewChanges(db), routes: store.NewRoutes(db), now: time.Now, known: map[looked]ToDeliver{}}
}

// ToDeliver is what waits for one route.
type ToDeliver struct {
	Events   int64
	AtLeast  bool       // the log holds more than was looked at
	OldestAt *time.Time // when the first of them took effect; nil for none

	at time.Time // of the count
}

// recent is Count, or what it gave less than a second ago. One counts for all who ask
// meanwhile, and whoever waits leaves when ctx ends.
func (b *Backlog) recent(ctx context.Context, name string, cut models.FlowCut) (ToDeliver, error) {
	key := looked{name, cut}
	counted := b.counts.DoChan(fmt.Sprintf("%q", key), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countWithin)
		defer cancel()
		return b.remember(ctx, key)
	})
	select {
	case <-ctx.Done():
		return ToDeliver{}, ctx.Err()
	case result := <-counted:
		waits, _ := result.Val.(ToDeliver)
		return waits, result.Err
	}
}

// remember counts what is not known of late.
func (b *Backlog) remember(ctx context.Context, key looked) (ToDeliver, error) {
	now := b.now()
	b.mu.Lock()
	maps.DeleteFunc(b.known, func(_ looked, w ToDeliver) bool { return now.Sub(w.at) >= remembered })
	waits, known := b.known[key]
	b.mu.Unlock()
	if known {
		return waits, nil
	}
	waits, err := b.Count(ctx, key.route, key.cut)
	if err != nil {
		return waits, err
	}
	waits.at = now
	b.mu.Lock()
	b.known[key] = waits
	b.mu.Unlock()
	return waits, nil
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
	dcs := s.DCs
	if cut.DC != "" && (len(dcs) == 0 || slices.Contains(dcs, cut.DC)) {
		dcs = []string{cut.DC}
	}
	ahead, err := b.changes.Ahead(ctx, s.Consumer(), store.AheadQuery{Types: types, DCs: dcs, Payloads: s.Condition != "", Limit: aheadPerShard})
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
		waits, err := b.recent(ctx, h.Name, cut)
		if err != nil {
			return err
		}
		h.Backlog, h.AtLeast, h.OldestAt = waits.Events, waits.AtLeast, waits.OldestAt
	}
	return nil
}

// Statuses puts what waits for each route in the place of all that follows its
// cursors. One route alone is counted now, for whoever has just acted on it.
func (b *Backlog) Statuses(ctx context.Context, routes []models.RouteStatus) error {
	count := b.recent
	if len(routes) == 1 {
		count = b.Count
	}
	for i := range routes {
		r := &routes[i]
		if r.Backlog == 0 {
			continue
		}
		waits, err := count(ctx, r.Name, models.FlowCut{})
		if err != nil {
			return err
		}
		r.Backlog, r.AtLeast, r.OldestAt = waits.Events, waits.AtLeast, waits.OldestAt
	}
	return nil
}
