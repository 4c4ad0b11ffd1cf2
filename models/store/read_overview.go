package store

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
)

// Overview answers what the overview and the DC pages show beside latency.
type Overview struct{ db *DB }

// NewOverview reads through db.
func NewOverview(db *DB) *Overview { return &Overview{db: db} }

// silentAfter is how much later than its interval a source's row may be: the
// windows of API-01.
const silentAfter = 1.5

// Freshness gives the newest useful row per DC and entity, last those of no DC, such
// as items. dc "" means all. A
// source's interval governs what it must send regularly; documents come when
// there is business and have no window.
func (o *Overview) Freshness(ctx context.Context, dc string) ([]models.EntityFreshness, error) {
	var rows []struct {
		DC, Entity, Source string
		NewestAt           time.Time
		IntervalS          *int
		Owner              bool
	}
	err := o.db.Gorm.WithContext(ctx).Raw(`
		SELECT f.dc, f.entity, f.source, max(f.occurred_at) AS newest_at,
			max(s.interval_s) FILTER (WHERE f.entity IN ('inventory', 'forecast', 'replenishment')) AS interval_s,
			NOT EXISTS (SELECT FROM owners o WHERE o.entity = f.entity AND o.record = '' AND o.source <> f.source) AS owner
		FROM freshness f LEFT JOIN sources s USING (source)
		WHERE @dc = '' OR f.dc = @dc
		GROUP BY f.dc, f.entity, f.source ORDER BY f.dc = '', f.dc, f.entity, f.source`,
		map[string]any{"dc": dc}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read freshness: %w", err)
	}
	fresh := make([]models.EntityFreshness, len(rows))
	for i, r := range rows {
		var window time.Duration
		if r.IntervalS != nil {
			window = time.Duration(silentAfter * float64(*r.IntervalS) * float64(time.Second))
		}
		fresh[i] = models.EntityFreshness{DC: r.DC, Entity: r.Entity, Source: r.Source, NewestAt: r.NewestAt, Window: window, Owner: r.Owner, Objective: models.Objective}
	}
	return fresh, nil
}

// DCs gives the state of every DC, or of one.
func (o *Overview) DCs(ctx context.Context, dc string) ([]models.DCState, error) {
	var states []models.DCState
	arg := map[string]any{"dc": dc}
	err := o.db.Gorm.WithContext(ctx).Raw(`
		SELECT l.dc, l.name, l.time_zone,
			coalesce(w.waiting, 0) AS waiting, coalesce(w.value, '{}') AS waiting_value,
			coalesce(x.value_at_risk, '{}') AS value_at_risk,
			coalesce(p.positions, 0) AS positions, coalesce(p.below_cover, 0) AS below_cover, p.oldest_position
		FROM locations l
		LEFT JOIN (SELECT dc, sum(waiting) AS waiting, jsonb_object_agg(currency, value) AS value FROM (
			SELECT r.dc, pr.currency, count(*) AS waiting, sum(pr.value) AS value
			FROM proposals pr JOIN recommendations r USING (recommendation)
			WHERE pr.state = 'waiting' GROUP BY r.dc, pr.currency) AS each GROUP BY dc) w USING (dc)
		LEFT JOIN (`+riskByDC+`) x USING (dc)
		LEFT JOIN (`+coverByDC+`) p USING (dc)
		WHERE @dc = '' OR l.dc = @dc ORDER BY l.dc`, arg).Scan(&states).Error
	if err != nil {
		return nil, fmt.Errorf("read the state of the DCs: %w", err)
	}
	return states, o.openByPriority(ctx, states)
}

// riskByDC counts each item of a DC once, at the largest of what its open
// exceptions put at risk: an old basis and the stockout that it leads to are the
// same money.
const riskByDC = `
	SELECT dc, jsonb_object_agg(currency, value) AS value_at_risk FROM (
		SELECT dc, currency, sum(value) AS value FROM (
			SELECT dc, currency, max(value_at_risk) AS value FROM exceptions
			WHERE state <> 'resolved' AND dc <> '' GROUP BY dc, currency, CASE item WHEN '' THEN id::text ELSE item END) AS of_items
		GROUP BY dc, currency) AS each
	GROUP BY dc`

// coverByDC compares available stock with the demand of the supplier's lead
// time, as the newest revision forecasts it.
const coverByDC = `
	SELECT p.dc, count(*) AS positions, min(p.as_of) AS oldest_position,
		count(*) FILTER (WHERE p.available < d.demand) AS below_cover
	FROM positions p JOIN items i USING (item) LEFT JOIN suppliers s USING (supplier)
	LEFT JOIN LATERAL (
		SELECT (SELECT sum(q) FROM unnest(f.quantities[1:greatest(1, ceil(coalesce(s.lead_time_days, 1)))::int]) AS q) AS demand
		FROM forecast_revisions f WHERE f.item = p.item AND f.dc = p.dc ORDER BY f.revision DESC LIMIT 1) d ON true
	GROUP BY p.dc`

func (o *Overview) openByPriority(ctx context.Context, states []models.DCState) error {
	var rows []struct {
		DC       string
		Priority models.Priority
		Count    int
	}
	err := o.db.Gorm.WithContext(ctx).Raw(`
		SELECT dc, priority, count(*) AS count FROM exceptions
		WHERE state <> 'resolved' AND dc <> '' AND NOT ` + isShelved + ` GROUP BY dc, priority`).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("count the open exceptions of the DCs: %w", err)
	}
	at := make(map[string]int, len(states))
	for i := range states {
		states[i].Open = map[models.Priority]int{}
		at[states[i].DC] = i
	}
	for _, r := range rows {
		if i, ok := at[r.DC]; ok {
			states[i].Open[r.Priority] = r.Count
		}
	}
	return nil
}

// layerOf is the layer in which an exception x stands, s its source.
const layerOf = `CASE
				WHEN x.code LIKE 'PLT-%' THEN 'observability'
				WHEN x.code = 'API-01' AND s.system IN ('forecasting', 'replenishment') THEN 'planning'
				WHEN x.code = 'API-01' OR x.code LIKE 'REC-%' THEN 'system of record'
				WHEN x.code IN ('WFL-01', 'WFL-03') THEN 'planning'
				WHEN x.stage IN ('api', 'transformation') THEN 'integration'
				ELSE 'orchestration' END`

// Layers gives what is wrong in each of the five layers, in the order of the
// data's way; of one DC, with what names none, or of all for an empty one.
func (o *Overview) Layers(ctx context.Context, dc string) ([]models.LayerState, error) {
	var rows []models.LayerState
	err := o.db.Gorm.WithContext(ctx).Raw(`
		SELECT DISTINCT ON (layer) layer, count(*) OVER (PARTITION BY layer) AS open, priority, title AS worst, id AS worst_id, source AS worst_source
		FROM (SELECT x.id, x.priority, x.title, x.source, x.value_at_risk, `+layerOf+` AS layer
			FROM exceptions x LEFT JOIN sources s ON s.source = x.source
			WHERE x.state <> 'resolved' AND x.stage <> 'business' AND (@dc = '' OR x.dc IN ('', @dc))) AS open
		ORDER BY layer, priority, value_at_risk DESC`, binds{"dc": dc}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the state of the layers: %w", err)
	}
	found := map[models.Layer]models.LayerState{}
	for _, r := range rows {
		found[r.Layer] = r
	}
	states := make([]models.LayerState, 0, len(models.Layers()))
	for _, layer := range models.Layers() {
		state := found[layer]
		state.Layer = layer
		states = append(states, state)
	}
	return states, nil
}
