package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// pathsWithin is how recently something of a flow has to have taken effect, so
// that it counts as live.
const pathsWithin = 24 * time.Hour

// Paths gives every live flow by source and entity, with what passed within a
// period; of one DC, or of all for an empty dc. What names no DC is
// told of each. Its cost grows with flows, the minutes asked for and what is not
// settled, never with the log.
func (o *Overview) Paths(ctx context.Context, p models.Period, dc string) ([]models.LayerPath, error) {
	paths, err := o.livePaths(ctx, p.To, dc)
	if err != nil {
		return nil, fmt.Errorf("read the live flows: %w", err)
	}
	if err := o.acceptedOf(ctx, p, dc, paths); err != nil {
		return nil, fmt.Errorf("count what the flows brought: %w", err)
	}
	if err := o.againstFlows(ctx, dc, paths); err != nil {
		return nil, fmt.Errorf("read what is open against the sources: %w", err)
	}
	if err := o.openOf(ctx, dc, paths); err != nil {
		return nil, fmt.Errorf("read what stands against the flows: %w", err)
	}
	return paths, nil
}

func (o *Overview) livePaths(ctx context.Context, now time.Time, dc string) ([]models.LayerPath, error) {
	rows, err := o.db.Pool.Query(ctx, `
		SELECT f.source, s.system, f.entity, f.newest, coalesce(u.parked, 0), coalesce(u.waiting, 0)
		FROM (SELECT source, entity, max(occurred_at) AS newest FROM freshness WHERE ($2 = '' OR dc = $2) GROUP BY source, entity HAVING max(applied_at) >= $1) f
		JOIN sources s USING (source)
		LEFT JOIN (SELECT source, split_part(type, '.', 2) AS entity, count(*) FILTER (WHERE state = 'parked') AS parked,
				count(*) FILTER (WHERE state <> 'parked') AS waiting
			FROM unsettled_events WHERE ($2 = '' OR dc = $2) GROUP BY 1, 2) u USING (source, entity)
		ORDER BY f.source, f.entity`, now.Add(-pathsWithin), dc)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (path models.LayerPath, err error) {
		err = row.Scan(&path.Source, &path.System, &path.Entity, &path.NewestAt, &path.Parked, &path.Waiting)
		return path, err
	})
}

// againstFlows adds what is open about what the sources send; of one DC also what names none.
func (o *Overview) againstFlows(ctx context.Context, dc string, paths []models.LayerPath) error {
	rows, err := o.db.Pool.Query(ctx, `
		SELECT x.id, x.code, x.priority, x.title, `+layerOf+`, x.source, x.dedupe_key, x.dc,
			ARRAY(SELECT DISTINCT split_part(u.type, '.', 2) FROM unsettled_events u WHERE u.fingerprint = nullif(x.fingerprint, '')::uuid)
		FROM exceptions x JOIN sources s ON s.source = x.source
		WHERE x.state <> 'resolved' AND x.stage IN ('api', 'transformation') AND ($1 = '' OR x.dc IN ('', $1))
		ORDER BY x.priority, x.opened_at, x.id`, dc)
	if err != nil {
		return err
	}
	open, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e models.AgainstFlow, err error) {
		var key, at string
		err = row.Scan(&e.ID, &e.Code, &e.Priority, &e.Title, &e.Layer, &e.Source, &key, &at, &e.Entities)
		if len(e.Entities) == 0 {
			e.Entities = models.EntitiesOf(e.Code, key, at)
		}
		return e, err
	})
	for i := range paths {
		paths[i].Stand(open)
	}
	return err
}

func (o *Overview) acceptedOf(ctx context.Context, p models.Period, dc string, paths []models.LayerPath) error {
	rows, err := o.db.Pool.Query(ctx, `SELECT source, entity, hist FROM accept_rollups WHERE minute >= $1 AND minute < $2 AND ($3 = '' OR dc = $3)`, p.From, p.To, dc)
	if err != nil {
		return err
	}
	var source, entity string
	var hist []byte
	_, err = pgx.ForEachRow(rows, []any{&source, &entity, &hist}, func() error {
		i := slices.IndexFunc(paths, func(path models.LayerPath) bool { return path.Source == source && path.Entity == entity })
		if i < 0 {
			return nil
		}
		err := mergeInto(&paths[i].Accept, hist)
		paths[i].Events = int64(paths[i].Accept.Count())
		return err
	})
	return err
}

// openOf adds the most urgent open exception of each kind that an entity's facts settle.
func (o *Overview) openOf(ctx context.Context, dc string, paths []models.LayerPath) error {
	rows, err := o.db.Pool.Query(ctx, `
		SELECT DISTINCT ON (code) id, code, priority, title FROM exceptions
		WHERE state <> 'resolved' AND ($1 = '' OR dc = $1) ORDER BY code, priority, value_at_risk DESC`, dc)
	if err != nil {
		return err
	}
	open, err := pgx.CollectRows(rows, pgx.RowToStructByPos[models.OpenException])
	if err != nil {
		return err
	}
	slices.SortStableFunc(open, func(a, b models.OpenException) int { return strings.Compare(string(a.Priority), string(b.Priority)) })
	for i := range paths {
		codes, _ := models.DrivenBy(paths[i].Entity)
		for _, e := range open {
			if slices.Contains(codes, e.Code) {
				paths[i].Open = append(paths[i].Open, e)
			}
		}
	}
	return nil
}
