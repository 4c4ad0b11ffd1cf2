package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// insertRevisionDeliveries keeps when a consumer first held the material
// revisions of a message. A revision is applied before it is delivered.
func insertRevisionDeliveries(ctx context.Context, tx pgx.Tx, d Delivered) error {
	var keys []RevisionKey
	for _, v := range d.Versions {
		if v.Entity == "forecast" {
			keys = append(keys, RevisionKey{v.Item, v.DC, v.Version})
		}
	}
	if len(keys) == 0 {
		return nil
	}
	items, dcs, revisions := revisionColumns(keys)
	_, err := tx.Exec(ctx, `
		INSERT INTO revision_deliveries (item, dc, revision, subscription, delivered_at)
		SELECT r.item, r.dc, r.revision, $4, $5
		FROM unnest($1::text[], $2::text[], $3::bigint[]) AS k(item, dc, revision) JOIN forecast_revisions r USING (item, dc, revision)
		WHERE r.material ORDER BY r.item, r.dc, r.revision
		ON CONFLICT DO NOTHING`, items, dcs, revisions, d.Subscription, d.EndedAt)
	if err != nil {
		return fmt.Errorf("store which revisions %s holds: %w", d.Subscription, err)
	}
	return nil
}

// judgedRevisions are the material revisions of a period with what became of each: kept
// in its window, not kept, or NULL while the window lasts. The period ends now.
// What an evaluation stands on was there by then, also where no delivery is known.
// An evaluation is due when it was promised, which a calendar may have put off.
const judgedRevisions = `
	WITH judged AS (
		SELECT r.item, r.dc, r.revision, r.published_at, r.applied_at, d.delivered_at, e.evaluated_at,
			CASE WHEN d.delivered_at <= r.published_at + w.delivered THEN true
				WHEN coalesce(d.delivered_at, $2) > r.published_at + w.delivered THEN false END AS delivered,
			CASE WHEN e.evaluated_at <= p.due THEN true
				WHEN coalesce(e.evaluated_at, $2) > p.due THEN false END AS evaluated
		FROM forecast_revisions r
		JOIN unnest($4::text[], $5::interval[], $6::interval[]) AS w(dc, delivered, evaluated) USING (dc)
		LEFT JOIN LATERAL (
			SELECT min(evaluated_at) AS evaluated_at FROM evaluations
			WHERE item = r.item AND dc = r.dc AND forecast_revision >= r.revision) e ON true
		CROSS JOIN LATERAL (
			SELECT least(min(delivered_at), e.evaluated_at) AS delivered_at FROM revision_deliveries
			WHERE item = r.item AND dc = r.dc AND revision = r.revision AND subscription = $3) d
		CROSS JOIN LATERAL (
			SELECT coalesce(max($2::timestamptz + (due_at - $7::timestamptz) * $8::float8), r.applied_at + w.evaluated) AS due FROM milestones
			WHERE kind = 'evaluated' AND subject = r.item || '|' || r.dc || '@' || r.revision) p
		WHERE r.material AND r.published_at >= $1 AND r.published_at < $2
	)`

func onTimeArgs(q models.OnTimeQuery) []any {
	return []any{
		q.Period.From, q.Period.To, q.Consumer, column(q.Windows, func(w *models.RevisionWindow) string { return w.DC }),
		column(q.Windows, func(w *models.RevisionWindow) time.Duration { return w.Delivered }),
		column(q.Windows, func(w *models.RevisionWindow) time.Duration { return w.Evaluated }),
		q.Clock.At(q.Period.To), q.Clock.Duration(time.Hour).Hours(),
	}
}

// OnTime counts, for each window, the revisions that kept it; a DC without
// revisions in the period has none.
func (i *Influence) OnTime(ctx context.Context, q models.OnTimeQuery) ([]models.OnTime, error) {
	shares := make([]models.OnTime, len(q.Windows))
	at := map[string]int{}
	for n, w := range q.Windows {
		shares[n].RevisionWindow, at[w.DC] = w, n
	}
	rows, err := i.db.Pool.Query(ctx, judgedRevisions+`
		SELECT dc, count(*), count(*) FILTER (WHERE delivered), count(*) FILTER (WHERE NOT delivered), count(*) FILTER (WHERE delivered IS NULL),
			count(*) FILTER (WHERE evaluated), count(*) FILTER (WHERE NOT evaluated), count(*) FILTER (WHERE evaluated IS NULL),
			count(*) FILTER (WHERE NOT delivered OR NOT evaluated)
		FROM judged GROUP BY dc`, onTimeArgs(q)...)
	if err != nil {
		return nil, fmt.Errorf("count the revisions on time: %w", err)
	}
	var dc string
	var s models.OnTime
	_, err = pgx.ForEachRow(rows, []any{&dc, &s.Revisions, &s.Delivery.InTime, &s.Delivery.Late, &s.Delivery.Open,
		&s.Evaluation.InTime, &s.Evaluation.Late, &s.Evaluation.Open, &s.Late}, func() error {
		s.RevisionWindow = q.Windows[at[dc]]
		shares[at[dc]] = s
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count the revisions on time: %w", err)
	}
	return shares, nil
}

// LateRevisions lists a part of the revisions that kept a window not, the
// newest first.
func (i *Influence) LateRevisions(ctx context.Context, q models.OnTimeQuery, part models.Part) ([]models.LateRevision, error) {
	rows, err := i.db.Pool.Query(ctx, judgedRevisions+`
		SELECT j.item, j.dc, coalesce(i.description, ''), j.revision, j.published_at, j.applied_at, j.delivered_at, j.evaluated_at,
			j.delivered IS FALSE, j.evaluated IS FALSE
		FROM judged j LEFT JOIN items i USING (item) WHERE NOT j.delivered OR NOT j.evaluated
		ORDER BY j.published_at DESC, j.item, j.dc OFFSET $9 LIMIT $10`, append(onTimeArgs(q), part.Offset, part.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("list the late revisions: %w", err)
	}
	return collect(rows, "list the late revisions", func(row pgx.CollectableRow, r *models.LateRevision) error {
		return row.Scan(&r.Item, &r.DC, &r.Description, &r.Revision, &r.PublishedAt, &r.AppliedAt, &r.DeliveredAt, &r.EvaluatedAt, &r.Undelivered, &r.Unevaluated)
	})
}
