package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"throughline/models"
)

// arrivals are what took effect of a source within an hour, of an entity at a DC.
type arrivals struct {
	models.MarkKey
	hour   time.Time
	slots  models.ArrivalSlots
	events int64
}

// addArrivals notes when the events of the batches took effect. All shards share
// a row, which is why the rows are written in one order.
func addArrivals(ctx context.Context, tx pgx.Tx, batches []markRow) error {
	type key struct {
		models.MarkKey
		hour time.Time
	}
	found := map[key]*arrivals{}
	for _, b := range batches {
		at := b.appliedAt.UTC()
		for i := range b.marks {
			m := &b.marks[i]
			if !m.Sent() {
				continue
			}
			k := key{m.MarkKey, at.Truncate(time.Hour)}
			if found[k] == nil {
				found[k] = &arrivals{MarkKey: m.MarkKey, hour: k.hour}
			}
			found[k].slots.Set(at)
			found[k].events += int64(m.Total.Count())
		}
	}
	rows := slices.SortedFunc(maps.Values(found), func(x, y *arrivals) int {
		return cmp.Or(x.hour.Compare(y.hour), cmp.Compare(x.Source, y.Source), cmp.Compare(x.Entity, y.Entity), cmp.Compare(x.DC, y.DC))
	})
	type row = *arrivals
	_, err := tx.Exec(ctx, `
		INSERT INTO arrivals AS a (hour, source, entity, dc, slots, events)
		SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::bit(360)[], $6::bigint[])
		ON CONFLICT (hour, source, entity, dc) DO UPDATE SET slots = a.slots | EXCLUDED.slots, events = a.events + EXCLUDED.events`,
		column(rows, func(r *row) time.Time { return (*r).hour }), column(rows, func(r *row) string { return (*r).Source }),
		column(rows, func(r *row) string { return (*r).Entity }), column(rows, func(r *row) string { return (*r).DC }),
		column(rows, func(r *row) pgtype.Bits { return slotBits((*r).slots) }), column(rows, func(r *row) int64 { return (*r).events }))
	if err != nil {
		return fmt.Errorf("write when events came: %w", err)
	}
	return nil
}

func slotBits(s models.ArrivalSlots) pgtype.Bits {
	return pgtype.Bits{Bytes: s[:], Len: int32(len(s) * 8), Valid: true}
}
