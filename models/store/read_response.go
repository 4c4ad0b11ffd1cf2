package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Response reads how soon the exceptions opened since a time were answered and
// solved, by team, by stage and by DC; those about a DC, or all for an empty one. The
// time that one lay on a shelf is left out. Solved is what a person resolved, or what
// closed since a person had done to its cause what was to be done.
func (a *Alarms) Response(ctx context.Context, since time.Time, dc string) ([]models.ResponseGroup, error) {
	rows, err := a.db.Pool.Query(ctx, `
		WITH called AS MATERIALIZED (
			SELECT DISTINCT exception_id FROM exception_notes WHERE action IN ('opened', 'reopened') AND at > $1
		), opened AS (
			SELECT x.team, x.stage, x.dc, x.state, coalesce(x.acknowledged_at, hand.answered_at) AS answered_at, x.ack_due_at,
				coalesce(x.acknowledged_at, hand.answered_at) - x.opened_at - `+shelvedUntil("coalesce(x.acknowledged_at, hand.answered_at)")+` AS to_answer,
				x.resolved_at - x.opened_at - `+shelvedUntil("x.resolved_at")+` AS to_solve,
				hand.at IS NOT NULL OR EXISTS (SELECT FROM exception_notes n WHERE n.exception_id = x.id AND n.action = 'resolve' AND n.actor <> $2 AND n.at >= x.resolved_at - interval '1 second') AS by_person
			FROM called JOIN exceptions x ON x.id = called.exception_id`+endedByHand+`
			WHERE x.opened_at > $1 AND ($3 = '' OR x.dc = $3)
		)
		SELECT CASE WHEN grouping(team) = 0 THEN 'team' WHEN grouping(stage) = 0 THEN 'stage' ELSE 'dc' END, coalesce(team, stage, dc),
			count(*), count(*) FILTER (WHERE state <> 'resolved'),
			count(answered_at), count(*) FILTER (WHERE state = 'resolved' AND by_person),
			coalesce(extract(epoch FROM avg(to_answer)), 0)::float8,
			coalesce(extract(epoch FROM avg(to_solve) FILTER (WHERE state = 'resolved' AND by_person)), 0)::float8,
			count(*) FILTER (WHERE answered_at <= ack_due_at)
		FROM opened GROUP BY GROUPING SETS ((team), (stage), (dc)) ORDER BY 1 DESC, 3 DESC, 2`, since, actorTower, dc)
	if err != nil {
		return nil, fmt.Errorf("read how soon exceptions are answered: %w", err)
	}
	return collect(rows, "read how soon exceptions are answered", func(row pgx.CollectableRow, g *models.ResponseGroup) error {
		var answer, solve float64
		err := row.Scan(&g.By, &g.Name, &g.Opened, &g.Open, &g.Answered, &g.Solved, &answer, &solve, &g.AnsweredInDue)
		g.ToAnswer, g.ToSolve = time.Duration(answer*float64(time.Second)), time.Duration(solve*float64(time.Second))
		return err
	})
}

// shelvedUntil is how long an exception x lay on a shelf from its opening to an end.
func shelvedUntil(end string) string {
	return `(SELECT coalesce(sum(greatest(least(s.until, ` + end + `) - greatest(s.since, x.opened_at), '0')), '0') FROM shelf_times s WHERE s.exception_id = x.id)`
}
