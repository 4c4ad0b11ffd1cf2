package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/models"
)

// outcome is what one exchange came to. Durations are business time.
type outcome struct {
	cadence     cadence
	evaluations inputs
	policy      inputs // decisions by policy
	people      inputs // decisions by people
	arrival     verdicts
	byPolicy    verdicts
	byPeople    verdicts
	revisions   int // published in the week
	used        spread
	inEffect    spread // from the publication of a revision to its effect in the tower
	seen        spread // age of a DC's newest stock figure in working hours
	left        leftOut
	second      time.Duration // of real time
}

// inputs is how old what was worked from had become.
type inputs struct {
	stock, forecast spread
	all             int
	overtaken       spread // from the first posting that the figure lacks, where there was one
}

// leftOut are accepted events that say nothing of the cadence of useful rows.
type leftOut struct{ received, superseded, parked int64 }

// measure reads the tower's database about the real time from from to to.
type measure struct {
	db       *pgxpool.Pool
	clock    models.BusinessClock
	from, to time.Time
}

func (m measure) all(ctx context.Context) (*outcome, error) {
	o := outcome{second: m.business(time.Second)}
	for _, read := range []func(context.Context, *outcome) error{
		m.readCadence, m.readEvaluations, m.readDecisions, m.readVerdicts, m.readRevisions, m.readSeen, m.readBooks,
	} {
		if err := read(ctx, &o); err != nil {
			return nil, err
		}
	}
	return &o, nil
}

// business turns a real time that passed into business time.
func (m measure) business(passed time.Duration) time.Duration {
	return time.Duration(float64(passed) * float64(businessDay) / float64(m.clock.Day))
}

// lacking is when the first posting after a figure's version happened, as known
// in hindsight; null when the figure was still right at @at.
const lacking = `
	LEFT JOIN LATERAL (
		SELECT min(m.occurred_at) AS since FROM stock_movements m
		WHERE m.item = w.item AND m.dc = w.dc AND m.version > w.stock_version AND m.occurred_at <= w.at
			AND (m.on_hand_delta <> 0 OR m.allocated_delta <> 0)
	) l ON true`

func (m measure) readEvaluations(ctx context.Context, o *outcome) error {
	return m.readInputs(ctx, `
		SELECT false, w.at, w.stock_as_of, f.published_at, l.since FROM (
			SELECT item, dc, evaluated_at AS at, stock_version, forecast_revision,
				CAST(basis -> 'inventory' ->> 'as_of' AS timestamptz) AS stock_as_of
			FROM evaluations WHERE evaluated_at >= $1 AND evaluated_at < $2
		) w LEFT JOIN forecast_revisions f ON f.item = w.item AND f.dc = w.dc AND f.revision = w.forecast_revision`+lacking,
		func(bool) *inputs { return &o.evaluations })
}

func (m measure) readDecisions(ctx context.Context, o *outcome) error {
	return m.readInputs(ctx, `
		SELECT w.by_policy, w.at, w.stock_as_of, f.published_at, l.since FROM (
			SELECT r.item, r.dc, d.by_policy, d.decided_at AS at, r.stock_version, r.forecast_revision, r.stock_as_of
			FROM decisions d JOIN recommendations r USING (recommendation)
			WHERE d.verdict = 'approved' AND d.decided_at >= $1 AND d.decided_at < $2
		) w LEFT JOIN forecast_revisions f ON f.item = w.item AND f.dc = w.dc AND f.revision = w.forecast_revision`+lacking,
		func(byPolicy bool) *inputs {
			if byPolicy {
				return &o.policy
			}
			return &o.people
		})
}

func (m measure) readInputs(ctx context.Context, sql string, of func(byPolicy bool) *inputs) error {
	rows, err := m.db.Query(ctx, sql, m.from, m.to)
	if err != nil {
		return fmt.Errorf("read the ages of inputs: %w", err)
	}
	var (
		byPolicy                       bool
		at                             time.Time
		stock, published, lackingSince *time.Time
	)
	_, err = pgx.ForEachRow(rows, []any{&byPolicy, &at, &stock, &published, &lackingSince}, func() error {
		in := of(byPolicy)
		if stock != nil {
			in.stock.add(m.business(at.Sub(*stock)))
		}
		if published != nil {
			in.forecast.add(m.business(at.Sub(*published)))
		}
		in.all++
		if lackingSince != nil {
			in.overtaken.add(m.business(at.Sub(*lackingSince)))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the ages of inputs: %w", err)
	}
	return nil
}

func (m measure) readVerdicts(ctx context.Context, o *outcome) error {
	rows, err := m.db.Query(ctx, `
		SELECT b.moment, coalesce(d.by_policy, false), b.verdict, count(*)
		FROM basis_checks b LEFT JOIN decisions d ON d.recommendation = b.recommendation AND d.verdict = 'approved' AND b.moment = 'approve'
		WHERE b.moment IN ('compute', 'approve') AND b.checked_at >= $1 AND b.checked_at < $2 GROUP BY 1, 2, 3`, m.from, m.to)
	if err != nil {
		return fmt.Errorf("read the verdicts: %w", err)
	}
	o.arrival, o.byPolicy, o.byPeople = verdicts{}, verdicts{}, verdicts{}
	var (
		moment   models.Moment
		byPolicy bool
		verdict  models.Verdict
		n        int
	)
	_, err = pgx.ForEachRow(rows, []any{&moment, &byPolicy, &verdict, &n}, func() error {
		switch {
		case moment != models.MomentApprove:
			o.arrival[verdict] += n
		case byPolicy:
			o.byPolicy[verdict] += n
		default:
			o.byPeople[verdict] += n
		}
		return nil
	})
	return err
}

func (m measure) readRevisions(ctx context.Context, o *outcome) error {
	rows, err := m.db.Query(ctx, `
		SELECT f.published_at, f.applied_at, (SELECT min(e.evaluated_at) FROM evaluations e
			WHERE e.item = f.item AND e.dc = f.dc AND e.forecast_revision = f.revision)
		FROM forecast_revisions f WHERE f.published_at >= $1 AND f.published_at < $2`, m.from, m.to)
	if err != nil {
		return fmt.Errorf("read the revisions: %w", err)
	}
	var (
		published, applied time.Time
		evaluated          *time.Time
	)
	_, err = pgx.ForEachRow(rows, []any{&published, &applied, &evaluated}, func() error {
		o.revisions++
		o.inEffect.add(m.business(applied.Sub(published)))
		if evaluated != nil {
			o.used.add(m.business(evaluated.Sub(published)))
		}
		return nil
	})
	return err
}

func (m measure) readBooks(ctx context.Context, o *outcome) error {
	return m.db.QueryRow(ctx, `
		SELECT (SELECT coalesce(sum(received), 0)::bigint FROM books_received), coalesce(sum(superseded), 0)::bigint, coalesce(sum(parked), 0)::bigint
		FROM books_decided`).Scan(&o.left.received, &o.left.superseded, &o.left.parked)
}
