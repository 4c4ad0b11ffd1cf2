package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// tracedLimit bounds the events of a trace that are listed.
const tracedLimit = 100

// Trace reads what shares a trace id, without payloads; CodeNotFound when
// nothing does that is still kept.
func (f *Failures) Trace(ctx context.Context, id string) (models.Trace, error) {
	t := models.Trace{ID: id}
	if !models.IsTraceID(id) {
		return t, models.Errorf(models.CodeNotFound, "%q is no trace id: one has 32 digits from 0 to f.", id)
	}
	var err error
	if t.Events, err = f.traced(ctx, id); err != nil {
		return t, fmt.Errorf("read the events of trace %s: %w", id, err)
	}
	if len(t.Events) > tracedLimit {
		t.Events, t.More = t.Events[:tracedLimit], true
	}
	err = f.db.Gorm.WithContext(ctx).Raw(`
		SELECT r.recommendation, r.item, r.dc, coalesce(p.state, '') AS state, coalesce(d.actor, '') AS decided_by, d.decided_at,
			coalesce(w.id, 0) AS write, coalesce(w.state, '') AS write_state, coalesce(w.document, '') AS document
		FROM recommendations r LEFT JOIN proposals p USING (recommendation) LEFT JOIN erp_writes w USING (recommendation)
		LEFT JOIN decisions d ON d.recommendation = r.recommendation AND d.verdict IN ('approved', 'rejected')
		WHERE r.trace_parent <> '' AND substr(r.trace_parent, 4, 32) = @id ORDER BY r.seq LIMIT @limit`,
		binds{"id": id, "limit": tracedLimit}).Scan(&t.Orders).Error
	if err != nil {
		return t, fmt.Errorf("read the orders of trace %s: %w", id, err)
	}
	if len(t.Events)+len(t.Orders) == 0 {
		return t, models.Errorf(models.CodeNotFound, "Nothing that is still kept belongs to the trace %s.", id)
	}
	return t, nil
}

// throughIndex holds for the transaction: the planner takes a young partition,
// which has no statistics, for small enough to read as a whole.
const throughIndex = `SET LOCAL enable_seqscan = off`

// traced are the events of a trace wherever they are kept by now, one more than
// the limit when there are more.
func (f *Failures) traced(ctx context.Context, id string) ([]models.TracedEvent, error) {
	b := &pgx.Batch{}
	b.Queue(throughIndex)
	var events []models.TracedEvent
	b.Queue(`
		WITH found AS (
			SELECT seq, shard, received_at, source, event_id, type, item, dc FROM events WHERE trace_id = $1
			UNION ALL
			SELECT seq, shard, received_at, source, event_id, type, item, dc FROM unsettled_events WHERE trace_id = $1 AND trace_id <> ''
			UNION ALL
			SELECT p.seq, s.shard, p.received_at, s.source, p.event_id, p.type, p.item, p.dc
			FROM settled_payloads p JOIN settled_events s USING (seq) WHERE p.trace_id = $1
			UNION ALL
			SELECT seq, shard, received_at, source, event_id, type, item, dc FROM event_stubs WHERE trace_id = $1
		)
		SELECT DISTINCT ON (f.seq) f.seq, f.received_at, f.source, f.event_id, f.type, f.item, f.dc,
			coalesce(u.state, s.outcome, CASE WHEN c.seq < f.seq THEN 'pending' ELSE 'applied' END)
		FROM found f LEFT JOIN unsettled_events u USING (seq) LEFT JOIN settled_events s USING (seq)
		LEFT JOIN shard_cursors c ON c.shard = f.shard
		ORDER BY f.seq LIMIT $2`, id, tracedLimit+1).Query(func(rows pgx.Rows) (err error) {
		events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e models.TracedEvent, err error) {
			return e, row.Scan(&e.Seq, &e.ReceivedAt, &e.Source, &e.ID, &e.Type, &e.Item, &e.DC, &e.State)
		})
		return err
	})
	return events, f.db.Pool.SendBatch(ctx, b).Close()
}
