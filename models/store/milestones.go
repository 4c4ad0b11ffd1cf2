package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Milestones keeps the promises that are open: a material revision is to be
// evaluated, an approval ordered, an order confirmed, a shipment received. It
// is safe for concurrent use.
type Milestones struct{ db *DB }

// NewMilestones works on db.
func NewMilestones(db *DB) *Milestones { return &Milestones{db: db} }

// Due is when a promise that is made at an instant at a DC falls due, both in the
// same time.
type Due func(dc string, made time.Time) time.Time

// RevisionKey is a forecast revision of an item at a DC.
type RevisionKey struct {
	Item, DC string
	Revision int64
}

// MilestoneFacts is what a batch of changes says about promises: revisions
// that were published, revisions that evaluations stood on, and the orders that
// changed or were confirmed, shipped or received.
type MilestoneFacts struct {
	Published []RevisionKey
	Evaluated []RevisionKey
	Orders    []string
}

// Empty reports whether there is nothing to record.
func (f MilestoneFacts) Empty() bool {
	return len(f.Published) == 0 && len(f.Evaluated) == 0 && len(f.Orders) == 0
}

// MilestoneDues is when the promises of a batch fall due.
type MilestoneDues struct {
	Now       time.Time // real
	Business  time.Time // the same instant by the business clock
	Evaluated Due       // business
	Confirmed Due       // business
	Received  Due       // business, made on the day of the announced arrival
}

// Record opens and closes what the facts say, within tx. Repeating it changes
// nothing, and the order in which a promise and its fact arrive does not matter.
func (m *Milestones) Record(ctx context.Context, tx Tx, facts MilestoneFacts, dues MilestoneDues) error {
	b := &pgx.Batch{}
	if items, dcs, revisions := revisionColumns(facts.Published); len(items) > 0 {
		due := make([]time.Time, len(dcs))
		for i, dc := range dcs {
			due[i] = dues.Evaluated(dc, dues.Business)
		}
		b.Queue(openEvaluated, items, dcs, revisions, dues.Now, due)
	}
	if items, dcs, revisions := revisionColumns(facts.Evaluated); len(items) > 0 {
		b.Queue(closeEvaluated, items, dcs, revisions, dues.Now)
	}
	if len(facts.Orders) > 0 {
		for _, p := range []promised{{"confirmed", unconfirmedOrders, dues.Confirmed}, {"received", announcedArrivals, dues.Received}} {
			if err := p.open(ctx, tx, b, facts.Orders, dues); err != nil {
				return err
			}
		}
		b.Queue(closeConfirmed, facts.Orders, dues.Now)
		b.Queue(closeReceived, facts.Orders, dues.Now)
	}
	if b.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("record milestones: %w", err)
	}
	return nil
}

// promised is a kind of promise about orders: which of some orders it is open of, and
// when each falls due.
type promised struct {
	kind, orders string
	due          Due
}

// open queues what opens the promise.
func (p promised) open(ctx context.Context, tx Tx, b *pgx.Batch, orders []string, dues MilestoneDues) error {
	rows, err := tx.Query(ctx, p.orders, orders, dues.Business)
	if err != nil {
		return fmt.Errorf("read the orders that are to be %s: %w", p.kind, err)
	}
	var subjects, items, dcs []string
	var due []time.Time
	var subject, item, dc string
	var made time.Time
	_, err = pgx.ForEachRow(rows, []any{&subject, &item, &dc, &made}, func() error {
		subjects, items, dcs, due = append(subjects, subject), append(items, item), append(dcs, dc), append(due, p.due(dc, made))
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the orders that are to be %s: %w", p.kind, err)
	}
	if len(subjects) > 0 {
		b.Queue(openPromised, p.kind, dues.Now, subjects, items, dcs, due)
	}
	return nil
}

func revisionColumns(keys []RevisionKey) (items, dcs []string, revisions []int64) {
	for _, k := range keys {
		items, dcs, revisions = append(items, k.Item), append(dcs, k.DC), append(revisions, k.Revision)
	}
	return items, dcs, revisions
}

// TrackApprovals opens a promise for each approval that is not ordered, due in real
// time, and closes those that are settled.
func (m *Milestones) TrackApprovals(ctx context.Context, now time.Time, due Due) error {
	rows, err := m.db.Pool.Query(ctx, untracked, now)
	if err != nil {
		return fmt.Errorf("read the approvals to track: %w", err)
	}
	var ids, items, dcs []string
	var decided, dues []time.Time
	var id, item, dc string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &item, &dc, &at}, func() error {
		ids, items, dcs, decided, dues = append(ids, id), append(items, item), append(dcs, dc), append(decided, at), append(dues, due(dc, at))
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the approvals to track: %w", err)
	}
	b := &pgx.Batch{}
	if len(ids) > 0 {
		b.Queue(openOrdered, ids, items, dcs, decided, dues)
	}
	b.Queue(closeOrdered, now)
	if err := m.db.Pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("track approvals: %w", err)
	}
	return nil
}

const openEvaluated = `
	INSERT INTO milestones (kind, subject, item, dc, revision, clock, opened_at, due_at)
	SELECT 'evaluated', r.item || '|' || r.dc || '@' || r.revision, r.item, r.dc, r.revision, 'business', $4, k.due
	FROM unnest($1::text[], $2::text[], $3::bigint[], $5::timestamptz[]) AS k(item, dc, revision, due)
	JOIN forecast_revisions r USING (item, dc, revision)
	WHERE r.material AND NOT EXISTS (
		SELECT 1 FROM evaluations e WHERE e.item = r.item AND e.dc = r.dc AND e.forecast_revision >= r.revision)
	ON CONFLICT DO NOTHING`

const closeEvaluated = `
	UPDATE milestones m SET closed_at = $4
	FROM (SELECT item, dc, max(revision) AS revision
		FROM unnest($1::text[], $2::text[], $3::bigint[]) AS k(item, dc, revision) GROUP BY item, dc) e
	WHERE m.kind = 'evaluated' AND m.closed_at IS NULL AND m.item = e.item AND m.dc = e.dc AND m.revision <= e.revision`

// unconfirmedLine finds a line of order o that no supplier has answered.
const unconfirmedLine = `
	SELECT 1 FROM order_lines l WHERE l.number = o.number AND NOT EXISTS (
		SELECT 1 FROM confirmations c WHERE c.number = l.number AND c.line = l.line)`

const openPromised = `
	INSERT INTO milestones (kind, subject, item, dc, clock, opened_at, due_at)
	SELECT $1, k.subject, k.item, k.dc, 'business', $2, k.due
	FROM unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[]) AS k(subject, item, dc, due)
	ON CONFLICT DO NOTHING`

// unconfirmedOrders are promised a confirmation at an instant, $2.
const unconfirmedOrders = `
	SELECT o.number, coalesce((SELECT min(l.item) FROM order_lines l WHERE l.number = o.number), ''), o.dc, $2::timestamptz
	FROM orders o WHERE o.number = ANY ($1) AND o.kind = 'purchase' AND o.state = 'open' AND EXISTS (` + unconfirmedLine + `)
		AND NOT EXISTS (SELECT FROM milestones m WHERE m.kind = 'confirmed' AND m.subject = o.number)
	ORDER BY o.number`

const closeConfirmed = `
	UPDATE milestones m SET closed_at = $2 FROM orders o
	WHERE m.kind = 'confirmed' AND m.closed_at IS NULL AND m.subject = o.number AND o.number = ANY ($1)
		AND (o.state <> 'open' OR NOT EXISTS (` + unconfirmedLine + `))`

// announcedArrivals are promised for a day.
const announcedArrivals = `
	SELECT a.number || '|' || a.line || '|' || a.asn AS subject, l.item, o.dc, a.eta_day::timestamp AT TIME ZONE 'UTC'
	FROM asns a JOIN orders o USING (number) JOIN order_lines l USING (number, line)
	WHERE a.number = ANY ($1) AND o.state NOT IN ('received', 'cancelled') AND $2::timestamptz IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM receipts r WHERE r.number = a.number AND r.line = a.line)
		AND NOT EXISTS (SELECT FROM milestones m WHERE m.kind = 'received' AND m.subject = a.number || '|' || a.line || '|' || a.asn)
	ORDER BY subject`

const closeReceived = `
	UPDATE milestones m SET closed_at = $2 FROM asns a
	WHERE m.kind = 'received' AND m.closed_at IS NULL AND a.number = ANY ($1) AND m.subject = a.number || '|' || a.line || '|' || a.asn
		AND (EXISTS (SELECT 1 FROM receipts r WHERE r.number = a.number AND r.line = a.line)
			OR EXISTS (SELECT 1 FROM orders o WHERE o.number = a.number AND o.state IN ('received', 'cancelled')))`

const untracked = `
	SELECT p.recommendation, r.item, r.dc, p.decided_at FROM proposals p JOIN recommendations r USING (recommendation)
	WHERE p.state IN ('approved', 'failed') AND $1::timestamptz >= p.decided_at
		AND NOT EXISTS (SELECT FROM milestones m WHERE m.kind = 'ordered' AND m.subject = p.recommendation)`

const openOrdered = `
	INSERT INTO milestones (kind, subject, item, dc, clock, opened_at, due_at)
	SELECT 'ordered', k.id, k.item, k.dc, 'real', k.decided, k.due
	FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) AS k(id, item, dc, decided, due)
	ON CONFLICT DO NOTHING`

const closeOrdered = `
	UPDATE milestones m SET closed_at = $1 FROM proposals p
	WHERE m.kind = 'ordered' AND m.closed_at IS NULL AND p.recommendation = m.subject AND p.state NOT IN ('approved', 'failed')`
