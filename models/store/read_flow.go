package store

import (
	"context"
	"fmt"
	"slices"
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

// Map reads the hops of a cut over a period that ends now. Those that carry none
// of it are left out; where a hop counts more than the cut, it is marked. What
// waits for a route is all that follows its cursors, whatever its filter takes.
func (f *Flow) Map(ctx context.Context, p models.Period, cut models.FlowCut) (models.FlowMap, error) {
	flow := models.FlowMap{Period: p}
	steps, err := f.steps(ctx, p, cut)
	if err != nil {
		return flow, err
	}
	flow.Steps = steps
	for _, read := range []func(context.Context, models.Period, models.FlowCut) ([]models.Hop, error){f.sources, f.apply, f.consumers, f.erp} {
		hops, err := read(ctx, p, cut)
		if err != nil {
			return flow, fmt.Errorf("read the flow: %w", err)
		}
		flow.Hops = append(flow.Hops, hops...)
	}
	flow.Failures, err = f.failures(ctx, p, cut)
	if err != nil {
		return flow, fmt.Errorf("read the failures of the flow: %w", err)
	}
	return flow, nil
}

// steps merges the DCs and entities of the cut, in the order of the way.
func (f *Flow) steps(ctx context.Context, p models.Period, cut models.FlowCut) ([]models.LatencyCell, error) {
	order := append(models.LatencyStages(), models.LatencyTotal)
	cells, err := f.latency.Matrix(ctx, models.LatencyQuery{Period: p, DC: cut.DC, Stages: order})
	if err != nil {
		return nil, err
	}
	steps := make([]models.LatencyCell, len(order))
	for i, stage := range order {
		steps[i] = models.LatencyCell{DC: cut.DC, Stage: stage}
		for _, cell := range cells {
			if cell.Stage == stage && cut.Holds(cell.Entity) {
				steps[i].Spread.Merge(cell.Spread)
			}
		}
	}
	return steps, nil
}

// heldEntities are the entities of a cut by type.
func heldEntities(cut models.FlowCut) []string {
	return slices.DeleteFunc(models.FlowEntities(), func(entity string) bool { return !cut.Holds(entity) })
}

// sources read the first hop, counted by source, DC and entity. Of a cut by type
// the sources that send it are shown. What intake refuses has no DC, and what waits
// for its commit is told apart by neither.
func (f *Flow) sources(ctx context.Context, p models.Period, cut models.FlowCut) ([]models.Hop, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT s.source, a.hist, coalesce(r.rejected, 0)::bigint, x.id, coalesce(x.dc, ''), x.opened_at, coalesce(x.more, 0),
			coalesce(q.events, 0)::bigint, q.oldest_at, coalesce(q.is_full, false)
		FROM sources s
		LEFT JOIN LATERAL (SELECT id, dc, opened_at, count(*) OVER () - 1 AS more FROM exceptions
			WHERE source = s.source AND code = $6 AND state <> 'resolved' AND ($3 = '' OR dc IN ('', $3)) ORDER BY priority, opened_at LIMIT 1) x ON true
		LEFT JOIN accept_rollups a ON a.source = s.source AND a.minute >= $1 AND a.minute < $2 AND ($3 = '' OR a.dc = $3)
			AND ($4::text[] IS NULL OR a.entity = ANY ($5))
		LEFT JOIN (SELECT source, sum(count) AS rejected FROM rejected_counts
			WHERE minute >= $1 AND minute < $2 AND ($4::text[] IS NULL OR type = ANY ($4)) GROUP BY source) r ON r.source = s.source
		LEFT JOIN (SELECT source, sum(events) AS events, min(oldest_at) AS oldest_at, bool_or(is_full) AS is_full FROM intake_queues
			WHERE noted_at > clock_timestamp() - `+intakeQueueGone+` GROUP BY source) q ON q.source = s.source
		WHERE $4::text[] IS NULL OR r.rejected > 0
			OR EXISTS (SELECT 1 FROM freshness f WHERE f.source = s.source AND f.entity = ANY ($5))
		ORDER BY s.source`, p.From, p.To, cut.DC, cut.Types(), heldEntities(cut), string(models.ExceptionSourceSilent))
	if err != nil {
		return nil, err
	}
	var hops []models.Hop
	var source string
	var hist []byte
	var rejected, waiting int64
	var exception *int64
	var silent models.Silence
	var since, oldest *time.Time
	var full bool
	_, err = pgx.ForEachRow(rows, []any{&source, &hist, &rejected, &exception, &silent.DC, &since, &silent.More, &waiting, &oldest, &full}, func() error {
		if n := len(hops); n == 0 || hops[n-1].Name != source {
			hops = append(hops, models.Hop{
				Kind: models.HopSource, Name: source, Failed: rejected, AllVersions: cut.Coarse(), FailsNetwork: cut.DC != "",
				Backlog: waiting, OldestAt: oldest, Full: full,
			})
			if exception != nil {
				hops[n].Silent = &models.Silence{Exception: *exception, DC: silent.DC, Since: *since, More: silent.More}
			}
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
func (f *Flow) apply(ctx context.Context, p models.Period, cut models.FlowCut) ([]models.Hop, error) {
	cells, err := f.latency.Matrix(ctx, models.LatencyQuery{Period: p, DC: cut.DC, Stages: []models.LatencyStage{models.LatencyQueue}})
	if err != nil {
		return nil, err
	}
	hop := models.Hop{Kind: models.HopApply, AllVersions: cut.Coarse()}
	for _, cell := range cells {
		if cut.Holds(cell.Entity) {
			hop.Spread.Merge(cell.Spread)
		}
	}
	hop.Events = int64(hop.Spread.Count())
	err = f.db.Pool.QueryRow(ctx, `
		SELECT coalesce(sum(ahead.events), 0)::bigint, min(ahead.oldest),
			(SELECT count(*) FROM unsettled_events WHERE state = 'parked' AND created_at >= $2 AND ($1 = '' OR dc = $1)
				AND ($3::text[] IS NULL OR type = ANY ($3)))
		FROM shard_cursors c CROSS JOIN LATERAL (
			SELECT count(*) AS events, min(received_at) AS oldest FROM events e
			WHERE e.shard = c.shard AND e.seq > c.seq AND e.received_at >= c.day - 1 AND ($1 = '' OR e.dc = $1)
				AND ($3::text[] IS NULL OR e.type = ANY ($3))) ahead`,
		cut.DC, p.From, cut.Types()).Scan(&hop.Backlog, &hop.OldestAt, &hop.Failed)
	return []models.Hop{hop}, err
}

// consumers are the routes to subscribers and the workflow, each with how far
// it is behind the change log.
func (f *Flow) consumers(ctx context.Context, p models.Period, cut models.FlowCut) ([]models.Hop, error) {
	backlogs, err := f.changes.Backlogs(ctx, p.To)
	if err != nil {
		return nil, err
	}
	behind := map[string]Backlog{}
	for _, b := range backlogs {
		behind[b.Consumer] = b
	}
	hops, err := f.routes(ctx, p, cut)
	if err != nil {
		return nil, err
	}
	if _, registered := behind[workflowConsumer]; registered && cut.Holds(models.TypeRecommendation.Entity()) {
		workflow, err := f.workflow(ctx, p, cut)
		if err != nil {
			return nil, err
		}
		hops = append(hops, workflow)
	}
	for i := range hops {
		if hops[i].Kind == models.HopWorkflow && cut != (models.FlowCut{}) {
			continue // the change log tells neither DCs nor types apart; what has not entered does
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
// for. Of a cut what has not entered is its backlog.
func (f *Flow) workflow(ctx context.Context, p models.Period, cut models.FlowCut) (models.Hop, error) {
	hop := models.Hop{Kind: models.HopWorkflow}
	rows, err := f.db.Pool.Query(ctx, `
		SELECT r.received_at, q.entered_at FROM proposals q JOIN recommendations r USING (recommendation)
		WHERE q.entered_at >= $1 AND q.entered_at < $2 AND ($3 = '' OR r.dc = $3)`, p.From, p.To, cut.DC)
	if err != nil {
		return hop, err
	}
	var received, entered time.Time
	_, err = pgx.ForEachRow(rows, []any{&received, &entered}, func() error {
		hop.Events++
		hop.Spread.Add(max(entered.Sub(received), 0))
		return nil
	})
	if err != nil || cut == (models.FlowCut{}) {
		return hop, err
	}
	err = f.db.Pool.QueryRow(ctx, `
		SELECT count(*), min(r.received_at) FROM recommendations r
		WHERE ($1 = '' OR r.dc = $1) AND NOT EXISTS (SELECT 1 FROM proposals q WHERE q.recommendation = r.recommendation)`,
		cut.DC).Scan(&hop.Backlog, &hop.OldestAt)
	return hop, err
}

// The names under which consumers read the change log.
const (
	workflowConsumer = "workflow"
	routeConsumer    = "route:"
)

// routes are the hops to subscribers. Of a cut the messages that carry some of it
// count, each with as many events as it carries of it.
func (f *Flow) routes(ctx context.Context, p models.Period, cut models.FlowCut) ([]models.Hop, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT s.name, s.state, d.outcome, d.events, d.started_at, d.ended_at
		FROM subscriptions s LEFT JOIN (
			SELECT subscription, outcome, started_at, ended_at, CASE WHEN $2::text[] IS NULL AND $3 = '' THEN events ELSE (
				SELECT coalesce(sum(c.events), 0) FROM jsonb_to_recordset(carried) AS c (type text, dc text, events bigint)
				WHERE ($2::text[] IS NULL OR c.type = ANY ($2)) AND ($3 = '' OR c.dc = $3)) END AS events
			FROM deliveries WHERE started_at >= $1) d ON d.subscription = s.name AND d.events > 0
		WHERE $2::text[] IS NULL OR s.types && $2
		ORDER BY s.name`, p.From, cut.Types(), cut.DC)
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
			hops = append(hops, models.Hop{
				Kind: models.HopRoute, Name: name, Paused: state == "paused", Disabled: state == "disabled",
			})
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

func (f *Flow) erp(ctx context.Context, p models.Period, cut models.FlowCut) ([]models.Hop, error) {
	if !cut.Holds(models.TypeRecommendation.Entity()) {
		return nil, nil
	}
	rows, err := f.db.Pool.Query(ctx, `
		SELECT w.system, count(*) FILTER (WHERE w.state IN ('intent', 'sent', 'unknown')),
			min(w.created_at) FILTER (WHERE w.state IN ('intent', 'sent', 'unknown'))
		FROM erp_writes w JOIN recommendations r USING (recommendation)
		WHERE ($1 = '' OR r.dc = $1) GROUP BY w.system ORDER BY w.system`, cut.DC)
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
		if err := f.erpAttempts(ctx, p, cut.DC, &hops[i]); err != nil {
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
