package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// Answer is how a target answered an attempt that failed.
type Answer struct {
	Status int // 0 without an answer
	At     time.Time
}

// answerLimit bounds how many answers of a target are read: one that is away for
// days is tried very often.
const answerLimit = 500

// answeredAs is what a delivery's answer counts as, as the index deliveries_answered has it.
const answeredAs = `(CASE WHEN outcome = 'delivered' THEN 0 WHEN status = 429 THEN 1 WHEN status IN (401, 403) THEN 2 ELSE 3 END)`

// startOfRun is when the answers of a subscription s that count alike up to the
// delivery a.first began: after the last one before it that counts otherwise. Each
// step looks into an index once, however many there are.
const startOfRun = `(
	SELECT d.ended_at FROM deliveries d WHERE d.subscription = s.name AND d.id > (
		SELECT coalesce(max(other.id), 0) FROM generate_series(0, 3) AS kind CROSS JOIN LATERAL (
			SELECT id FROM deliveries WHERE subscription = s.name AND ` + answeredAs + ` = kind AND id < a.first ORDER BY id DESC LIMIT 1) other
		WHERE kind <> (SELECT ` + answeredAs + ` FROM deliveries WHERE id = a.first))
	ORDER BY d.id LIMIT 1)`

func answers(statuses []int, ended []time.Time) []Answer {
	all := make([]Answer, len(statuses))
	for i, status := range statuses {
		all[i] = Answer{status, ended[i]}
	}
	return all
}

// FailingRoute is a subscription to which nothing gets through.
type FailingRoute struct {
	Name     string
	Disabled string // why it was switched off, empty while it is tried
	Failures int
	Error    string    // of the newest attempt
	Answers  []Answer  // the newest since its last success, the oldest first and at the start of all like it
	Since    time.Time // real: since when it has fallen behind, or when it last failed
	Waits    int64     // changes that it has not looked at, those of its filter or not
	Types    []models.EventType
	NextAt   time.Time // real: the next attempt
}

// FailingRoutes reads the subscriptions that failed at least a number of times
// in a row, or were switched off.
func (c *Conditions) FailingRoutes(ctx context.Context, failures int) ([]FailingRoute, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT s.name, CASE s.state WHEN 'disabled' THEN s.disabled_why ELSE '' END, s.failures, coalesce(d.error, ''), coalesce(a.statuses, '{}'), coalesce(a.ended, '{}'),
			coalesce(b.oldest, d.ended_at, s.created_at), coalesce(b.events, 0)::bigint, s.types, s.next_attempt_at, `+startOfRun+`
		FROM subscriptions s
		LEFT JOIN LATERAL (SELECT error, ended_at FROM deliveries d WHERE d.subscription = s.name ORDER BY id DESC LIMIT 1) d ON true
		LEFT JOIN LATERAL (
			WITH recent AS (SELECT id, status, ended_at, outcome FROM deliveries WHERE subscription = s.name ORDER BY id DESC LIMIT $2)
			SELECT min(id) AS first, array_agg(status ORDER BY id) AS statuses, array_agg(ended_at ORDER BY id) AS ended FROM recent
			WHERE id > coalesce((SELECT max(id) FROM recent WHERE outcome = 'delivered'), 0)) a ON true
		LEFT JOIN LATERAL (SELECT min(ch.applied_at) AS oldest, sum(ch.events) AS events FROM consumer_cursors cc`+aheadOfCursor+`
			WHERE cc.consumer = 'route:' || s.name) b ON true
		WHERE s.state = 'disabled' OR s.state = 'active' AND s.failures >= $1
		ORDER BY s.name`, failures, answerLimit)
	if err != nil {
		return nil, fmt.Errorf("read the failing routes: %w", err)
	}
	return collect(rows, "read the failing routes", func(row pgx.CollectableRow, r *FailingRoute) error {
		var statuses []int
		var ended []time.Time
		var began *time.Time // of the oldest answer's like
		err := row.Scan(&r.Name, &r.Disabled, &r.Failures, &r.Error, &statuses, &ended, &r.Since, &r.Waits, &r.Types, &r.NextAt, &began)
		r.Answers = answers(statuses, ended)
		if len(r.Answers) > 0 && began != nil {
			r.Answers[0].At = *began
		}
		return err
	})
}

// StuckWrites is the ERP writes of a system that its answers hold up. Value is of
// those in Currency, the one in which they are worth most.
type StuckWrites struct {
	System   string
	Writes   int
	Value    decimal.Decimal
	Currency string
	OrderBy  time.Time // business time, the soonest of them
	Error    string
	Answers  []Answer // to them, the oldest first
	Write    int64
	Since    time.Time // real: since when the oldest of them is wanted
	NextAt   time.Time // real: the next attempt at one of them
}

// heldUp are the writes w that failed at least $1 times for a reason that may pass.
const heldUp = `w.state IN ('intent', 'sent', 'unknown') AND w.attempts >= $1 AND w.error <> ''`

// StuckWrites reads, by system, the writes that failed at least a number of
// times for a reason that may pass.
func (c *Conditions) StuckWrites(ctx context.Context, attempts int) ([]StuckWrites, error) {
	rows, err := c.db.Pool.Query(ctx, `
		WITH each AS (
			SELECT w.system, p.currency, count(*) AS n, sum(p.value) AS value, min(r.order_by) AS order_by, max(w.error) AS error, min(w.id) AS id,
				min(w.created_at) AS since, min(w.next_attempt_at) AS next_at
			FROM erp_writes w JOIN proposals p USING (recommendation) JOIN recommendations r USING (recommendation)
			WHERE `+heldUp+`
			GROUP BY w.system, p.currency)
		SELECT one.system, one.n, one.value, one.currency, one.order_by, one.error, one.id, one.since, one.next_at, coalesce(a.statuses, '{}'), coalesce(a.ended, '{}')
		FROM (SELECT DISTINCT ON (system) system, (sum(n) OVER s)::bigint AS n, value, currency, min(order_by) OVER s AS order_by, max(error) OVER s AS error,
				min(id) OVER s AS id, min(since) OVER s AS since, min(next_at) OVER s AS next_at
			FROM each WINDOW s AS (PARTITION BY system) ORDER BY system, value DESC) one
		LEFT JOIN LATERAL (SELECT array_agg(status ORDER BY id) AS statuses, array_agg(ended_at ORDER BY id) AS ended FROM (
			SELECT a.id, a.status, a.ended_at FROM erp_writes w JOIN erp_write_attempts a ON a.write_id = w.id
			WHERE w.system = one.system AND `+heldUp+` AND a.outcome IN ('unknown', 'unreached', 'refused') ORDER BY a.id DESC LIMIT $2) recent) a ON true
		ORDER BY one.system`, attempts, answerLimit)
	if err != nil {
		return nil, fmt.Errorf("read the ERP writes that are held up: %w", err)
	}
	return collect(rows, "read the ERP writes that are held up", func(row pgx.CollectableRow, s *StuckWrites) error {
		var statuses []int
		var ended []time.Time
		err := row.Scan(&s.System, &s.Writes, &s.Value, &s.Currency, &s.OrderBy, &s.Error, &s.Write, &s.Since, &s.NextAt, &statuses, &ended)
		s.Answers = answers(statuses, ended)
		return err
	})
}

// Uninfluenced is a material revision that no evaluation stood on in time.
type Uninfluenced struct {
	Item, DC, Description string
	Class, Supplier       string
	Revision              int64
	PublishedAt           time.Time
	Was, Is               decimal.Decimal // quantity over the lead-time horizon
	Price, Cost           decimal.Decimal
	Currency              string
	CutOff                string // of the supplier, a time of day in TimeZone
	TimeZone              string // of the DC; empty when it is not known
	UndeliveredTo         string // a subscription that has not had it, or empty
}

// Uninfluenced reads the newest overdue revision of each item at a DC.
func (c *Conditions) Uninfluenced(ctx context.Context, business time.Time) ([]Uninfluenced, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT DISTINCT ON (m.item, m.dc) m.item, m.dc, coalesce(i.description, m.item), coalesce(i.abc_class, ''), coalesce(i.supplier, ''),
			m.revision, r.published_at, coalesce(r.previous_quantity, 0), r.quantity,
			coalesce(i.unit_price, 0), coalesce(i.unit_cost, 0), coalesce(i.currency, '`+models.FallbackCurrency+`'), coalesce(s.cut_off, ''), coalesce(z.time_zone, ''),
			coalesce((SELECT min(t.name) FROM subscriptions t WHERE t.state <> 'paused' AND $2 = ANY (t.types)
				AND NOT EXISTS (SELECT 1 FROM delivered_versions v WHERE v.subscription = t.name AND v.entity = 'forecast'
					AND v.item = m.item AND v.dc = m.dc AND v.version >= m.revision)), '')
		FROM milestones m JOIN forecast_revisions r USING (item, dc, revision)
		LEFT JOIN items i USING (item) LEFT JOIN suppliers s ON s.supplier = i.supplier LEFT JOIN locations z ON z.dc = m.dc
		WHERE m.kind = 'evaluated' AND m.closed_at IS NULL AND m.due_at < $1
			AND NOT EXISTS (SELECT 1 FROM evaluations e WHERE e.item = m.item AND e.dc = m.dc AND e.forecast_revision >= m.revision)
		ORDER BY m.item, m.dc, m.revision DESC`, business, string(models.TypeForecastRevision))
	if err != nil {
		return nil, fmt.Errorf("read the revisions without influence: %w", err)
	}
	return collect(rows, "read the revisions without influence", func(row pgx.CollectableRow, u *Uninfluenced) error {
		return row.Scan(&u.Item, &u.DC, &u.Description, &u.Class, &u.Supplier, &u.Revision, &u.PublishedAt, &u.Was, &u.Is,
			&u.Price, &u.Cost, &u.Currency, &u.CutOff, &u.TimeZone, &u.UndeliveredTo)
	})
}

// OpenProposal is a recommendation in the workflow with what it is about.
type OpenProposal struct {
	Recommendation, Kind        string
	Item, DC, Supplier, FromDC  string
	Description, Unit, Currency string
	Quantity, Value             decimal.Decimal
	OrderBy                     time.Time // business time
	Basis                       models.BasisCheck

	// Of the ERP write, when there is one.
	DecidedAt time.Time
	Write     int64
	System    string
	Failed    bool // the ERP refused it for good
	Error     string
	Attempts  int
}

const openProposalColumns = `p.recommendation, r.kind, r.item, r.dc, r.supplier, r.from_dc, coalesce(i.description, r.item), r.unit, p.currency,
	p.quantity, p.value, r.order_by`

func (o *OpenProposal) columns() []any {
	return []any{&o.Recommendation, &o.Kind, &o.Item, &o.DC, &o.Supplier, &o.FromDC, &o.Description, &o.Unit, &o.Currency,
		&o.Quantity, &o.Value, &o.OrderBy}
}

// Waiting reads the recommendations that wait for a person, with the verdict on
// their basis at a real instant; those that fall due soonest come first.
func (c *Conditions) Waiting(ctx context.Context, rule BasisRule, at time.Time) ([]OpenProposal, error) {
	const what = "judge the waiting recommendations"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT `+openProposalColumns+`
		FROM proposals p JOIN recommendations r USING (recommendation) LEFT JOIN items i USING (item)
		WHERE p.state = 'waiting' ORDER BY p.due_at, p.recommendation LIMIT $1`, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	waiting, err := collectBounded(ctx, rows, what, func(row pgx.CollectableRow, o *OpenProposal) error { return row.Scan(o.columns()...) })
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(waiting))
	for i := range waiting {
		ids[i] = waiting[i].Recommendation
	}
	checks, err := rule.check(c.db.Gorm.WithContext(ctx), models.MomentNow, at, ids...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	for i := range waiting {
		waiting[i].Basis = checks[waiting[i].Recommendation].BasisCheck
	}
	return waiting, nil
}

// Unordered reads the approvals that have no ERP order although it is due, and
// those that the ERP refused. No approval is due before the real instant floor, nor
// before its milestone tells when.
func (c *Conditions) Unordered(ctx context.Context, now, floor time.Time) ([]OpenProposal, error) {
	const what = "read the approvals without an order"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT `+openProposalColumns+`, p.decided_at, coalesce(w.id, 0), coalesce(w.system, ''), p.state = 'failed', coalesce(w.error, ''), coalesce(w.attempts, 0)
		FROM proposals p JOIN recommendations r USING (recommendation) LEFT JOIN items i USING (item)
		LEFT JOIN erp_writes w USING (recommendation)
		LEFT JOIN milestones m ON m.kind = 'ordered' AND m.subject = p.recommendation
		WHERE p.state IN ('approved', 'failed') AND (p.state = 'failed' OR m.due_at < $1 AND $2 < $1)
			AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.reference = 'TL-' || p.recommendation AND o.state <> 'cancelled')
		ORDER BY p.decided_at, p.recommendation LIMIT $3`, now, floor, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, o *OpenProposal) error {
		return row.Scan(append(o.columns(), &o.DecidedAt, &o.Write, &o.System, &o.Failed, &o.Error, &o.Attempts)...)
	})
}

// OrderPair is two live orders that may be one.
type OrderPair struct {
	First, Second      string
	Reference          string // shared by both, or empty when they only look alike
	Item, DC, Supplier string
	Quantity, Value    decimal.Decimal // of the second order
	Currency           string
	OrderedAt          time.Time // real, of the second order
}

// DuplicateOrders reads pairs of purchase or transfer orders that carry the same
// reference, or that want the same quantity of an item at a DC for the same day
// and were placed within a real duration of each other. An order that the
// recommendation behind the other one had counted as open supply serves another
// need. One of them is open.
func (c *Conditions) DuplicateOrders(ctx context.Context, within time.Duration) ([]OrderPair, error) {
	const what = "look for duplicate orders"
	rows, err := c.db.Pool.Query(ctx, duplicateOrders, within, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, p *OrderPair) error {
		return row.Scan(&p.First, &p.Second, &p.Reference, &p.Item, &p.DC, &p.Supplier, &p.Quantity, &p.Value, &p.Currency, &p.OrderedAt)
	})
}

const duplicateOrders = `
	WITH live AS MATERIALIZED (
		SELECT o.number, o.kind, o.reference, o.supplier, o.from_dc, o.dc, o.currency, o.ordered_at,
			l.item, l.quantity, l.need_by, CAST(r.basis ->> 'open_supply_as_of' AS timestamptz) AS supply_known_at
		FROM orders o JOIN order_lines l USING (number) LEFT JOIN recommendations r ON o.reference = 'TL-' || r.recommendation
		WHERE o.state IN ('open', 'confirmed', 'shipped')
	), pairs AS (
		SELECT least(a.number, b.number) AS first, greatest(a.number, b.number) AS second, a.reference
		FROM (SELECT DISTINCT number, reference FROM live WHERE reference <> '') a
		JOIN orders b ON b.reference = a.reference AND b.number <> a.number AND b.state <> 'cancelled'
		UNION
		SELECT a.number, b.number, ''
		FROM live a JOIN live b ON b.item = a.item AND b.dc = a.dc AND b.need_by = a.need_by AND b.quantity = a.quantity
			AND b.kind = a.kind AND b.supplier = a.supplier AND b.from_dc = a.from_dc AND b.number > a.number
			AND (a.reference <> b.reference OR a.reference = '')
			AND b.ordered_at - a.ordered_at BETWEEN -$1::interval AND $1::interval
		WHERE NOT coalesce(a.supply_known_at >= b.ordered_at OR b.supply_known_at >= a.ordered_at, false)
	)
	SELECT p.first, p.second, p.reference, l.item, o.dc, o.supplier, l.quantity, v.value, o.currency, o.ordered_at
	FROM pairs p JOIN orders o ON o.number = p.second
	JOIN LATERAL (SELECT item, quantity FROM order_lines WHERE number = p.second ORDER BY line LIMIT 1) l ON true
	JOIN LATERAL (SELECT sum(quantity * unit_price) AS value FROM order_lines WHERE number = p.second) v ON true
	ORDER BY p.second, p.first LIMIT $2`
