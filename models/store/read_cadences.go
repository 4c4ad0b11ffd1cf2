package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"throughline/models"
)

// Cadences reads how often something useful comes. Its cost grows with hours,
// sources, entities and DCs, never with events.
type Cadences struct {
	db      *DB
	targets func() models.Targets
}

// NewCadences reads through db; targets are those that hold now, nil declares none.
func NewCadences(db *DB, targets func() models.Targets) *Cadences {
	if targets == nil {
		targets = func() models.Targets { return nil }
	}
	return &Cadences{db: db, targets: targets}
}

// Read gives the cadence of every source, entity and DC of which something ever
// took effect, in that order.
func (c *Cadences) Read(ctx context.Context, q models.CadenceQuery) ([]models.Cadence, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT f.source, f.entity, f.dc, f.applied_at, a.hour, a.slots, coalesce(a.events, 0)
		FROM (SELECT source, entity, dc, max(applied_at) AS applied_at FROM freshness GROUP BY source, entity, dc) f
		LEFT JOIN arrivals a ON (a.source, a.entity, a.dc) = (f.source, f.entity, f.dc) AND a.hour >= $1
		WHERE $2 = '' OR f.dc = $2
		ORDER BY f.source, f.entity, f.dc, a.hour`, beginning(q.Now, q.Window), q.DC)
	if err != nil {
		return nil, fmt.Errorf("read the cadences: %w", err)
	}
	var all []models.Cadence
	targets := c.targets()
	var key models.MarkKey
	var last time.Time
	var hour *time.Time
	var slots pgtype.Bits
	var events int64
	_, err = pgx.ForEachRow(rows, []any{&key.Source, &key.Entity, &key.DC, &last, &hour, &slots, &events}, func() error {
		if len(all) == 0 || all[len(all)-1].MarkKey != key {
			target, _ := targets.For(key.Entity, key.DC)
			all = append(all, models.Cadence{MarkKey: key, LastAt: last, Freshness: target.Freshness})
		}
		if hour != nil {
			all[len(all)-1].Add(*hour, models.ArrivalSlots(slots.Bytes), events)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the cadences: %w", err)
	}
	return all, nil
}

// Newest gives the events of a source, entity and DC that are among the newest
// of the log, the newest first and at most limit of them. They have no payload.
func (c *Cadences) Newest(ctx context.Context, key models.MarkKey, limit int) ([]models.Event, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT e.seq, e.source, e.event_id, e.type, e.item, e.dc, e.occurred_at, e.received_at`+newestEvents+`
		WHERE e.source = $2 AND split_part(e.type, '.', 2) = $3 AND e.dc = $4
		ORDER BY e.seq DESC LIMIT $5`, newestOfShard, key.Source, key.Entity, key.DC, limit)
	if err != nil {
		return nil, fmt.Errorf("read the newest events of %s: %w", key.Source, err)
	}
	return collect(rows, "read the newest events of "+key.Source, func(row pgx.CollectableRow, e *models.Event) error {
		return row.Scan(&e.Seq, &e.Source, &e.ID, &e.Type, &e.Item, &e.DC, &e.OccurredAt, &e.ReceivedAt)
	})
}
