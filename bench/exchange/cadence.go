package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// feed is an entity of a source.
type feed struct{ source, entity string }

// cadence is how often something of each feed came: the typical wait at each
// DC, business time.
type cadence map[feed]map[string]time.Duration

// place is one feed at one DC.
type place struct {
	feed
	dc string
}

func (m measure) readCadence(ctx context.Context, o *outcome) error {
	rows, err := m.db.Query(ctx, `
		SELECT source, type, dc, received_at FROM events
		WHERE received_at >= $1 AND received_at < $2 AND dc <> '' AND NOT conflict ORDER BY received_at`, m.from, m.to)
	if err != nil {
		return fmt.Errorf("read what came: %w", err)
	}
	came := map[place][]time.Time{}
	var (
		source, dc string
		kind       models.EventType
		at         time.Time
	)
	_, err = pgx.ForEachRow(rows, []any{&source, &kind, &dc, &at}, func() error {
		p := place{feed{source, kind.Entity()}, dc}
		came[p] = append(came[p], at)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what came: %w", err)
	}
	o.cadence = cadence{}
	for p, times := range came {
		if o.cadence[p.feed] == nil {
			o.cadence[p.feed] = map[string]time.Duration{}
		}
		o.cadence[p.feed][p.dc] = m.business(typicalGap(m.from, m.to, times))
	}
	return nil
}

// feeds are those of the cadences, in order.
func feeds(all ...cadence) []feed {
	seen := map[feed]bool{}
	for _, c := range all {
		for f := range c {
			seen[f] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b feed) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.entity, b.entity))
	})
}

// dcs are the DCs of the cadences, in order.
func dcs(all ...cadence) []string {
	seen := map[string]bool{}
	for _, c := range all {
		for _, waits := range c {
			for dc := range waits {
				seen[dc] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// typicalGap is the length of the gap between two rows that a moment chosen at
// random falls into, by its median: rows of one file, which come within a
// moment, do not make it short.
func typicalGap(from, to time.Time, times []time.Time) time.Duration {
	gaps, last := models.Gaps{}, from
	for _, at := range append(slices.Clone(times), to) {
		gaps[at.Sub(last)]++
		last = at
	}
	return gaps.Quantile(0.5)
}
