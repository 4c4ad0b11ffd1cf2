package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Recommendations tells how recommendations stand. It is safe for concurrent use.
type Recommendations struct{ db *DB }

// NewRecommendations reads through db.
func NewRecommendations(db *DB) *Recommendations { return &Recommendations{db: db} }

// Status tells how far a recommendation has come; CodeNotFound when none of the
// id has taken effect or was submitted through the API.
func (r *Recommendations) Status(ctx context.Context, id string) (models.Submission, error) {
	s, err := r.applied(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		s, err = r.submitted(ctx, id)
	}
	if err != nil && models.CodeOf(err) != models.CodeNotFound {
		return s, fmt.Errorf("read how the recommendation %s stands: %w", id, err)
	}
	return s, err
}

func (r *Recommendations) applied(ctx context.Context, id string) (models.Submission, error) {
	s := models.Submission{Recommendation: id}
	var trace models.TraceParent
	err := r.db.Pool.QueryRow(ctx, `
		SELECT CASE coalesce(p.state, '') WHEN '' THEN 'applied' WHEN 'waiting' THEN 'waiting_for_approval' ELSE p.state END,
			CASE p.state WHEN 'waiting' THEN p.entered_at WHEN 'ordered' THEN p.ordered_at WHEN 'failed' THEN w.updated_at
				ELSE coalesce(p.decided_at, r.recorded_at) END,
			CASE p.state WHEN 'superseded' THEN 'Replaced by ' || p.superseded_by || '.' WHEN 'waiting' THEN coalesce(judged.why, '')
				ELSE coalesce(nullif(w.error, ''), d.reason, '') END,
			r.seq, r.item, r.dc, r.kind, coalesce(p.quantity, r.quantity)::text, r.unit, r.received_at, r.recorded_at,
			CASE p.state WHEN 'waiting' THEN p.due_at END, p.decided_at, coalesce(d.actor, ''), w.sent_at, coalesce(w.attempts, 0),
			p.ordered_at, coalesce(w.document, ''), r.trace_parent, r.correlation_id, r.causation_id
		FROM recommendations r LEFT JOIN proposals p USING (recommendation) LEFT JOIN erp_writes w USING (recommendation)
		LEFT JOIN decisions d ON d.recommendation = r.recommendation AND d.verdict IN ('approved', 'rejected')
		LEFT JOIN LATERAL (SELECT string_agg(message, ' ' ORDER BY rule) AS why FROM policy_results
			WHERE recommendation = r.recommendation AND NOT passed) judged ON true
		WHERE r.recommendation = $1`, id).
		Scan(&s.State, &s.Since, &s.Reason, &s.Seq, &s.Item, &s.DC, &s.Kind, &s.Quantity, &s.Unit, &s.ReceivedAt, &s.AppliedAt,
			&s.DueAt, &s.DecidedAt, &s.DecidedBy, &s.SentAt, &s.Attempts, &s.OrderedAt, &s.Order, &trace, &s.CorrelationID, &s.CausationID)
	s.TraceID = trace.TraceID()
	return s, err
}

// submitted is one that was submitted through the API and has not taken effect.
func (r *Recommendations) submitted(ctx context.Context, id string) (models.Submission, error) {
	s := models.Submission{Recommendation: id}
	hashes, err := keysOf(ctx, r.db, models.SubmissionEventID(id))
	if err != nil {
		return s, err
	}
	err = r.db.Pool.QueryRow(ctx, `SELECT seq FROM event_keys WHERE hash = ANY ($1) ORDER BY seq LIMIT 1`, hashes).Scan(&s.Seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, models.Errorf(models.CodeNotFound, "There is no recommendation %s.", id)
	}
	if err != nil {
		return s, err
	}
	d, err := NewFailures(r.db).Event(ctx, s.Seq)
	if err != nil {
		return s, err
	}
	s.State, s.Since, s.Reason, s.Code = models.SubmissionState(d.State), d.ReceivedAt, d.Reason, d.Code
	switch {
	case d.State == "pending", d.State == "applied": // a moment ago, by a transaction that was not to be seen yet
		s.State = models.SubmissionAccepted
	case d.SettledAt != nil:
		s.Since = *d.SettledAt
	case len(d.Attempts) > 0:
		s.Since = d.Attempts[0].EndedAt
	}
	s.Item, s.DC, s.ReceivedAt = d.Item, d.DC, d.ReceivedAt
	s.TraceID, s.CorrelationID, s.CausationID = d.TraceID, d.CorrelationID(), d.CausationID()
	return s, nil
}

// Place tells how the replenishment of an item at a DC stands; CodeNotFound when
// nothing is known of the two together.
func (r *Recommendations) Place(ctx context.Context, item, dc string) (models.ReplenishmentStatus, error) {
	s := models.ReplenishmentStatus{Item: item, DC: dc}
	known, err := placeKnown(r.db.Gorm.WithContext(ctx), item, dc)
	if err != nil {
		return s, err
	}
	if !known {
		return s, models.Errorf(models.CodeNotFound, "Nothing is known of the item %q at the distribution center %q.", item, dc)
	}
	for _, read := range []func(context.Context, *models.ReplenishmentStatus) error{r.evaluation, r.open, r.expected} {
		if err := read(ctx, &s); err != nil {
			return s, fmt.Errorf("read the replenishment of %s at %s: %w", item, dc, err)
		}
	}
	return s, nil
}

func (r *Recommendations) evaluation(ctx context.Context, s *models.ReplenishmentStatus) error {
	var e models.EvaluationStatus
	err := r.db.Pool.QueryRow(ctx, `
		SELECT run, outcome, reason, recommendation, evaluated_at FROM evaluations
		WHERE item = $1 AND dc = $2 ORDER BY evaluated_at DESC, seq DESC LIMIT 1`, s.Item, s.DC).
		Scan(&e.Run, &e.Outcome, &e.Reason, &e.Recommendation, &e.EvaluatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	s.Evaluation = &e
	return err
}

func (r *Recommendations) open(ctx context.Context, s *models.ReplenishmentStatus) error {
	var id string
	err := r.db.Pool.QueryRow(ctx, `
		SELECT r.recommendation FROM recommendations r LEFT JOIN proposals p USING (recommendation)
		WHERE r.item = $1 AND r.dc = $2 AND coalesce(p.state, 'waiting') IN ('waiting', 'approved', 'failed')
		ORDER BY r.computed_at DESC, r.seq DESC LIMIT 1`, s.Item, s.DC).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	open, err := r.applied(ctx, id)
	s.Open = &open
	return err
}

func (r *Recommendations) expected(ctx context.Context, s *models.ReplenishmentStatus) error {
	rows, err := r.db.Pool.Query(ctx, `
		SELECT l.number, l.line, o.kind, o.state, coalesce(c.quantity, l.quantity) - coalesce(r.quantity, 0), l.unit, o.ordered_at,
			coalesce(s.day, c.promised_day, l.need_by) AS day,
			CASE WHEN s.day IS NOT NULL THEN 'shipping notice' WHEN c.promised_day IS NOT NULL THEN 'confirmation' ELSE 'order' END,
			coalesce(s.at, c.confirmed_at, o.ordered_at)
		FROM orders o JOIN order_lines l USING (number)
		LEFT JOIN LATERAL (`+confirmedAs+`) c ON true
		LEFT JOIN LATERAL (SELECT max(eta_day) AS day, max(shipped_at) AS at FROM asns WHERE number = l.number AND line = l.line) s ON true
		LEFT JOIN LATERAL (SELECT sum(quantity) AS quantity FROM receipts WHERE number = l.number AND line = l.line) r ON true
		WHERE o.state IN ('open', 'confirmed', 'shipped') AND l.item = $1 AND o.dc = $2
			AND coalesce(c.quantity, l.quantity) > coalesce(r.quantity, 0)
		ORDER BY day, l.number, l.line`, s.Item, s.DC)
	if err != nil {
		return err
	}
	s.Orders, err = pgx.CollectRows(rows, pgx.RowToStructByPos[models.ExpectedOrder])
	return err
}
