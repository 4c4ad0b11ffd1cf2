package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Flow reads how the ways from the sources to the targets run. Its cost grows
// with the minutes asked for and with what waits, never with the log.
type Flow struct {
	db      *DB
	latency *Latency
	changes *Changes
}

// NewFlow reads through db.
func NewFlow(db *DB) *Flow { return &Flow{db: db, latency: NewLatency(db), changes: NewChanges(db)} }

// Map reads all hops over a period that ends now. dc cuts all hops but those marked Network; "" means all.
func (f *Flow) Map(ctx context.Context, p models.Period, dc string) (models.FlowMap, error) {
	flow := models.FlowMap{Period: p}
	steps, err := f.steps(ctx, p, dc)
	if err != nil {
		return flow, err
	}
	flow.Steps = steps
	for _, read := range []func(context.Context, models.Period, string) ([]models.Hop, error){f.sources, f.apply, f.consumers, f.erp} {
		hops, err := read(ctx, p, dc)
		if err != nil {
			return flow, fmt.Errorf("read the flow: %w", err)
		}
		flow.Hops = append(flow.Hops, hops...)
	}
	flow.Failures, err = f.failures(ctx, p, dc)
	if err != nil {
		return flow, fmt.Errorf("read the failures of the flow: %w", err)
	}
	return flow, nil
}

// steps merges the DCs and entities of the cut, in the order of the way.
func (f *Flow) steps(ctx context.Context, p models.Period, dc string) ([]models.LatencyCell, error) {
	order := append(models.LatencyStages(), models.LatencyTotal)
	cells, err := f.latency.Matrix(ctx, models.LatencyQuery{Period: p, DC: dc, Stages: order})
	if err != nil {
		return nil, err
	}
	steps := make([]models.LatencyCell, len(order))
	for i, stage := range order {
		steps[i] = models.LatencyCell{DC: dc, Stage: stage}
		for _, cell := range cells {
			if cell.Stage == stage {
				steps[i].Spread.Merge(cell.Spread)
			}
		}
	}
	return steps, nil
}

func (f *Flow) sources(ctx context.Context, p models.Period, dc string) ([]models.Hop, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT s.source, a.hist, coalesce(r.rejected, 0)::bigint
		FROM sources s
		LEFT JOIN accept_rollups a ON a.source = s.source AND a.minute >= $1 AND a.minute < $2 AND ($3 = '' OR a.dc = $3)
		LEFT JOIN (SELECT source, sum(count) AS rejected FROM rejected_counts WHERE minute >= $1 AND minute < $2 GROUP BY source) r
			ON r.source = s.source
		ORDER BY s.source`, p.From, p.To, dc)
	if err != nil {
		return nil, err
	}
	var hops []models.Hop
	var source string
	var hist []byte
	var rejected int64
	_, err = pgx.ForEachRow(rows, []any{&source, &hist, &rejected}, func() error {
		if n := len(hops); n == 0 || hops[n-1].Name != source {
			hops = append(hops, models.Hop{Kind: models.HopSource, Name: source, Failed: rejected})
		}
		if hist == nil {
			return nil
		}
		hop := &hops[len(hops)-1]
		err := mergeInto(&hop.Spread, hist)
		hop.Events = int64(hop.Spread.Count())
		return err
	})
	return hops, err
}

// apply is the tower's own hop. What it failed with is counted where it still waits for a person.
func (f *Flow) apply(ctx context.Context, p models.Period, dc string) ([]models.Hop, error) {
	cells, err := f.latency.Matrix(ctx, models.LatencyQuery{Period: p, DC: dc, Stages: []models.LatencyStage{models.LatencyQueue}})
	if err != nil {
		return nil, err
	}
	hop := models.Hop{Kind: models.HopApply}
	for _, cell := range cells {
		hop.Spread.Merge(cell.Spread)
	}
	hop.Events = int64(hop.Spread.Count())
	err = f.db.Pool.QueryRow(ctx, `
		SELECT coalesce(sum(ahead.events), 0)::bigint, min(ahead.oldest),
			(SELECT count(*) FROM unsettled_events WHERE state = 'parked' AND created_at >= $2 AND ($1 = '' OR dc = $1))
		FROM shard_cursors c CROSS JOIN LATERAL (
			SELECT count(*) AS events, min(received_at) AS oldest FROM events e
			WHERE e.shard = c.shard AND e.seq > c.seq AND e.received_at >= c.day - 1 AND ($1 = '' OR e.dc = $1)) ahead`,
		dc, p.From).Scan(&hop.Backlog, &hop.OldestAt, &hop.Failed)
	return []models.Hop{hop}, err
}

// consumers are the routes to subscribers and the workflow, each with how far
// it is behind the change log.
func (f *Flow) consumers(ctx context.Context, p models.Period, dc string) ([]models.Hop, error) {
	backlogs, err := f.changes.Backlogs(ctx, p.To)
	if err != nil {
		return nil, err
	}
	behind := map[string]Backlog{}
	for _, b := range backlogs {
		behind[b.Consumer] = b
	}
	hops, err := f.routes(ctx, p)
	if err != nil {
		return nil, err
	}
	if _, registered := behind[workflowConsumer]; registered {
		workflow, err := f.workflow(ctx, p, dc)
		if err != nil {
			return nil, err
		}
		hops = append(hops, workflow)
	}
	for i := range hops {
		if hops[i].Kind == models.HopWorkflow && dc != "" {
			continue // the change log does not tell DCs apart; what has not entered does
		}
		name := workflowConsumer
		if hops[i].Kind == models.HopRoute {
			name = routeConsumer + hops[i].Name
		}
		if b := behind[name]; b.Events > 0 {
			oldest := p.To.Add(-b.Age)
			hops[i].Backlog, hops[i].OldestAt = b.Events, &oldest
		}
	}
	return hops, nil
}

// workflow is how recommendations entered the workflow, by the DC they are
// for. Of a DC what has not entered is its backlog.
func (f *Flow) workflow(ctx context.Context, p models.Period, dc string) (models.Hop, error) {
	hop := models.Hop{Kind: models.HopWorkflow}
	rows, err := f.db.Pool.Query(ctx, `
		SELECT r.received_at, q.entered_at FROM proposals q JOIN recommendations r USING (recommendation)
		WHERE q.entered_at >= $1 AND q.entered_at < $2 AND ($3 = '' OR r.dc = $3)`, p.From, p.To, dc)
	if err != nil {
		return hop, err
	}
	var received, entered time.Time
	_, err = pgx.ForEachRow(rows, []any{&received, &entered}, func() error {
		hop.Events++
		hop.Spread.Add(max(entered.Sub(received), 0))
		return nil
	})
	if err != nil || dc == "" {
		return hop, err
	}
	err = f.db.Pool.QueryRow(ctx, `
		SELECT count(*), min(r.received_at) FROM recommendations r
		WHERE r.dc = $1 AND NOT EXISTS (SELECT 1 FROM proposals q WHERE q.recommendation = r.recommendation)`,
		dc).Scan(&hop.Backlog, &hop.OldestAt)
	return hop, err
}

// The names under which consumers read the change log.
const (
	workflowConsumer = "workflow"
	routeConsumer    = "route:"
)

func (f *Flow) routes(ctx context.Context, p models.Period) ([]models.Hop, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT s.name, s.state, d.outcome, d.events, d.started_at, d.ended_at
		FROM subscriptions s LEFT JOIN deliveries d ON d.subscription = s.name AND d.started_at >= $1
		ORDER BY s.name`, p.From)
	if err != nil {
		return nil, err
	}
	var hops []models.Hop
	var name, state string
	var outcome *string
	var events *int64
	var started, ended *time.Time
	_, err = pgx.ForEachRow(rows, []any{&name, &state, &outcome, &events, &started, &ended}, func() error {
		if n := len(hops); n == 0 || hops[n-1].Name != name {
			hops = append(hops, models.Hop{Kind: models.HopRoute, Name: name, Network: true, Paused: state == "paused", Disabled: state == "disabled"})
		}
		if outcome == nil {
			return nil
		}
		hop := &hops[len(hops)-1]
		hop.Attempts++
		if *outcome == "failed" {
			hop.Failed++
			return nil
		}
		hop.Events += *events
		hop.Spread.Add(ended.Sub(*started))
		return nil
	})
	return hops, err
}

func (f *Flow) erp(ctx context.Context, p models.Period, dc string) ([]models.Hop, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT w.system, count(*) FILTER (WHERE w.state IN ('intent', 'sent', 'unknown')),
			min(w.created_at) FILTER (WHERE w.state IN ('intent', 'sent', 'unknown'))
		FROM erp_writes w JOIN recommendations r USING (recommendation)
		WHERE ($1 = '' OR r.dc = $1) GROUP BY w.system ORDER BY w.system`, dc)
	if err != nil {
		return nil, err
	}
	hops, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.Hop, error) {
		hop := models.Hop{Kind: models.HopERP}
		err := row.Scan(&hop.Name, &hop.Backlog, &hop.OldestAt)
		return hop, err
	})
	if err != nil {
		return nil, err
	}
	for i := range hops {
		if err := f.erpAttempts(ctx, p, dc, &hops[i]); err != nil {
			return nil, err
		}
	}
	return hops, nil
}

func (f *Flow) erpAttempts(ctx context.Context, p models.Period, dc string, hop *models.Hop) error {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT a.class <> '', a.started_at, a.ended_at
		FROM erp_write_attempts a JOIN erp_writes w ON w.id = a.write_id JOIN recommendations r USING (recommendation)
		WHERE a.started_at >= $1 AND w.system = $2 AND ($3 = '' OR r.dc = $3)`, p.From, hop.Name, dc)
	if err != nil {
		return err
	}
	var failed bool
	var started, ended time.Time
	_, err = pgx.ForEachRow(rows, []any{&failed, &started, &ended}, func() error {
		hop.Attempts++
		if failed {
			hop.Failed++
			return nil
		}
		hop.Events++
		hop.Spread.Add(ended.Sub(started))
		return nil
	})
	return err
}

func (f *Flow) failures(ctx context.Context, p models.Period, dc string) ([]models.StageFailures, error) {
	stages := []models.StageFailures{{Stage: models.StageAPI}, {Stage: models.StageTransformation}, {Stage: models.StageWorkflow}}
	at := map[models.Stage]*models.StageFailures{}
	for i := range stages {
		stages[i].Open = map[models.Priority]int{}
		at[stages[i].Stage] = &stages[i]
	}
	rows, err := f.db.Pool.Query(ctx, `
		SELECT stage, 'open ' || priority, count(*) FROM exceptions
		WHERE state <> 'resolved' AND team = 'it' AND ($1 = '' OR dc = $1) GROUP BY 1, 2
		UNION ALL
		SELECT stage, CASE state WHEN 'parked' THEN 'parked' ELSE 'waiting' END, sum(events)::bigint FROM unsettled_counts
		WHERE $1 = '' OR dc = $1 GROUP BY 1, 2
		UNION ALL
		SELECT 'api', 'rejected', coalesce(sum(count), 0)::bigint FROM rejected_counts WHERE minute >= $2 AND minute < $3
		UNION ALL
		SELECT 'workflow', 'stuck', count(*) FROM erp_writes JOIN recommendations r USING (recommendation)
		WHERE state IN ('failed', 'unknown') AND ($1 = '' OR r.dc = $1)`, dc, p.From, p.To)
	if err != nil {
		return nil, err
	}
	var stage models.Stage
	var what string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&stage, &what, &n}, func() error {
		if one := at[stage]; one != nil {
			countFailure(one, what, n)
		}
		return nil
	})
	return stages, err
}

func countFailure(f *models.StageFailures, what string, n int64) {
	switch what {
	case "parked":
		f.Parked = n
	case "waiting":
		f.Waiting = n
	case "rejected":
		f.Rejected = n
	case "stuck":
		f.Stuck = n
	default:
		f.Open[models.Priority(strings.TrimPrefix(what, "open "))] = int(n)
	}
}
