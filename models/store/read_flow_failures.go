package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// failures count what failed in each stage. Exceptions know no type of event
// and are not cut by it; the rollup of what waits does not either, so a cut by
// type counts the events themselves.
func (f *Flow) failures(ctx context.Context, p models.Period, cut models.FlowCut) ([]models.StageFailures, error) {
	stages := []models.StageFailures{{Stage: models.StageAPI}, {Stage: models.StageTransformation}, {Stage: models.StageWorkflow}}
	at := map[models.Stage]*models.StageFailures{}
	for i := range stages {
		stages[i].Open = map[models.Priority]int{}
		at[stages[i].Stage] = &stages[i]
	}
	rows, err := f.db.Pool.Query(ctx, `
		SELECT stage, 'open ' || priority, count(*) FROM exceptions
		WHERE state <> 'resolved' AND ($1 = '' OR dc = $1) GROUP BY 1, 2
		UNION ALL
		SELECT stage, 'elsewhere', count(*) FROM exceptions
		WHERE state <> 'resolved' AND 'it' NOT IN (team, also_team, routed_team) AND ($1 = '' OR dc = $1) GROUP BY 1
		UNION ALL
		SELECT stage, CASE state WHEN 'parked' THEN 'parked' ELSE 'waiting' END, sum(events)::bigint FROM unsettled_counts
		WHERE $4::text[] IS NULL AND ($1 = '' OR dc = $1) GROUP BY 1, 2
		UNION ALL
		SELECT stage, CASE state WHEN 'parked' THEN 'parked' ELSE 'waiting' END, count(*) FROM unsettled_events
		WHERE $4::text[] IS NOT NULL AND type = ANY ($4) AND ($1 = '' OR dc = $1) GROUP BY 1, 2
		UNION ALL
		SELECT 'api', 'rejected', coalesce(sum(count), 0)::bigint FROM rejected_counts
		WHERE minute >= $2 AND minute < $3 AND ($4::text[] IS NULL OR type = ANY ($4))
		UNION ALL
		SELECT 'workflow', 'stuck', count(*) FROM erp_writes JOIN recommendations r USING (recommendation)
		WHERE state IN ('failed', 'unknown') AND ($1 = '' OR r.dc = $1) AND $5::boolean`,
		cut.DC, p.From, p.To, cut.Types(), cut.Holds(models.TypeRecommendation.Entity()))
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
	case "elsewhere":
		f.Elsewhere = int(n)
	default:
		f.Open[models.Priority(strings.TrimPrefix(what, "open "))] = int(n)
	}
}
