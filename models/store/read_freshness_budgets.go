package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"throughline/models"
)

// Freshness gives the budget of each age that a window governs, by what arrived
// in the period and last before it: who was silent all the while was not fresh. Its
// cost grows with hours, sources, entities and DCs, never with events. Windows begin
// with a whole hour.
func (b *Budgets) Freshness(ctx context.Context, fresh []models.EntityFreshness, now time.Time) (map[models.MarkKey]models.ErrorBudget, error) {
	meters, sources, entities, dcs := map[models.MarkKey]*models.FreshnessMeter{}, []string{}, []string{}, []string{}
	for _, f := range fresh {
		if f.Window > 0 {
			meters[f.Key()] = models.NewFreshnessMeter(f)
			sources, entities, dcs = append(sources, f.Source), append(entities, f.Entity), append(dcs, f.DC)
		}
	}
	period := beginning(now, models.BudgetPeriod)
	rows, err := b.db.Pool.Query(ctx, `
		WITH governed AS MATERIALIZED (SELECT * FROM unnest($2::text[], $3::text[], $4::text[]) AS g (source, entity, dc))
		SELECT source, entity, dc, hour, slots FROM arrivals JOIN governed USING (source, entity, dc) WHERE hour >= $1
		UNION ALL
		SELECT source, entity, dc, hour, slots FROM governed g CROSS JOIN LATERAL (SELECT hour, slots FROM arrivals a
			WHERE (a.source, a.entity, a.dc) = (g.source, g.entity, g.dc) AND hour < $1 ORDER BY hour DESC LIMIT 1) AS before
		ORDER BY hour`, period, sources, entities, dcs)
	if err != nil {
		return nil, fmt.Errorf("read how fresh everything was: %w", err)
	}
	var key models.MarkKey
	var hour time.Time
	var bits pgtype.Bits
	_, err = pgx.ForEachRow(rows, []any{&key.Source, &key.Entity, &key.DC, &hour, &bits}, func() error {
		slots := models.ArrivalSlots(bits.Bytes)
		for slot := range slots.All() {
			meters[key].Arrive(hour.Add(time.Duration(slot+1) * models.ArrivalSlot))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read how fresh everything was: %w", err)
	}
	var burns [len(models.BurnWindows)]time.Time
	for i, window := range models.BurnWindows {
		burns[i] = beginning(now, window)
	}
	budgets := map[models.MarkKey]models.ErrorBudget{}
	for _, f := range fresh {
		if meter := meters[f.Key()]; meter != nil {
			one := meter.Budget(now, period, burns, f.Objective)
			one.DC, one.Entity, one.Criticality = f.DC, f.Entity, f.Criticality
			budgets[f.Key()] = one
		}
	}
	return budgets, nil
}
