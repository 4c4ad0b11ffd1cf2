package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// flowKey names a flow as FlowExceptions does.
type flowKey struct {
	kind models.HopKind
	name string
}

// flowOrder is the order in which flows are told of; what belongs to none is last.
var flowOrder = []models.HopKind{models.HopSource, models.HopRoute, models.HopERP, ""}

// ByFlow reads the exceptions that each source, route and ERP gave rise to since
// a time, beside what it carried, and those that belong to none by their codes; of a
// DC, or of all for an empty one: a delivery counts when it carries any of it.
// Its cost grows with the minutes, deliveries and exceptions of that time.
func (a *Alarms) ByFlow(ctx context.Context, since time.Time, dc string) ([]models.FlowExceptions, error) {
	flows := map[flowKey]*models.FlowExceptions{}
	at := func(kind models.HopKind, name string) *models.FlowExceptions {
		key := flowKey{kind, name}
		if flows[key] == nil {
			flows[key] = &models.FlowExceptions{Kind: kind, Name: name}
		}
		return flows[key]
	}
	for _, read := range []func(context.Context, time.Time, string, func(models.HopKind, string) *models.FlowExceptions) error{a.sent, a.carried, a.opened} {
		if err := read(ctx, since, dc, at); err != nil {
			return nil, fmt.Errorf("read the exceptions of the flows: %w", err)
		}
	}
	found := make([]models.FlowExceptions, 0, len(flows))
	for _, f := range flows {
		found = append(found, *f)
	}
	slices.SortFunc(found, func(x, y models.FlowExceptions) int {
		return cmp.Or(slices.Index(flowOrder, x.Kind)-slices.Index(flowOrder, y.Kind), cmp.Compare(x.Name, y.Name))
	})
	return found, nil
}

// sent counts the events of the sources.
func (a *Alarms) sent(ctx context.Context, since time.Time, dc string, at func(models.HopKind, string) *models.FlowExceptions) error {
	rows, err := a.db.Pool.Query(ctx, `SELECT source, hist FROM accept_rollups WHERE minute >= $1 AND ($2 = '' OR dc = $2)`, since, dc)
	if err != nil {
		return err
	}
	var source string
	var hist []byte
	_, err = pgx.ForEachRow(rows, []any{&source, &hist}, func() error {
		var minute models.Histogram
		err := mergeInto(&minute, hist)
		at(models.HopSource, source).Carried += int64(minute.Count())
		return err
	})
	return err
}

// carried counts the deliveries to subscriptions and the orders to ERPs, each
// attempt of the first and each order once.
func (a *Alarms) carried(ctx context.Context, since time.Time, dc string, at func(models.HopKind, string) *models.FlowExceptions) error {
	rows, err := a.db.Pool.Query(ctx, `
		SELECT 'route', subscription, count(*) FROM deliveries
		WHERE started_at > $1 AND ($2 = '' OR EXISTS (SELECT FROM jsonb_to_recordset(carried) AS c (dc text) WHERE c.dc = $2)) GROUP BY subscription
		UNION ALL
		SELECT 'erp', w.system, count(DISTINCT w.id) FROM erp_write_attempts t JOIN erp_writes w ON w.id = t.write_id JOIN recommendations r USING (recommendation)
		WHERE t.started_at > $1 AND t.action = 'send' AND ($2 = '' OR r.dc = $2) GROUP BY w.system`, since, dc)
	return countFlows(rows, err, func(kind models.HopKind, name string, n int64) { at(kind, name).Carried += n })
}

// opened counts the exceptions, each once. A target may have the name of a
// source: what concerns a delivery is told by its key.
func (a *Alarms) opened(ctx context.Context, since time.Time, dc string, at func(models.HopKind, string) *models.FlowExceptions) error {
	rows, err := a.db.Pool.Query(ctx, `
		SELECT CASE WHEN w.system IS NOT NULL THEN 'erp' WHEN x.dedupe_key LIKE ANY (ARRAY[x.code || '|route|%', x.code || '|undelivered|%']) THEN 'route' WHEN x.source <> '' THEN 'source' ELSE '' END,
			coalesce(w.system, nullif(x.source, ''), x.code), count(*)
		FROM (SELECT DISTINCT exception_id FROM exception_notes WHERE action IN ('opened', 'reopened') AND at > $1) called
		JOIN exceptions x ON x.id = called.exception_id LEFT JOIN erp_writes w ON w.id = x.erp_write
		WHERE $2 = '' OR x.dc = $2
		GROUP BY 1, 2`, since, dc)
	return countFlows(rows, err, func(kind models.HopKind, name string, n int64) { at(kind, name).Exceptions += n })
}

func countFlows(rows pgx.Rows, err error, count func(kind models.HopKind, name string, n int64)) error {
	if err != nil {
		return err
	}
	var kind models.HopKind
	var name string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&kind, &name, &n}, func() error {
		count(kind, name, n)
		return nil
	})
	return err
}
