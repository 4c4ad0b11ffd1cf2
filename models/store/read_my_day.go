package store

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
)

// myDayQuestions is how many open questions the day lists; the rest is counted.
const myDayQuestions = 10

// MyDay gathers what needs a planner: the exceptions of the planners' queue, cut-offs in business time,
// and what moved since the reader last looked.
func (o *Overview) MyDay(ctx context.Context, business, lastLook time.Time) (models.MyDay, error) {
	day := models.MyDay{
		ByPriority: map[models.Priority]int{}, ByCode: map[models.ExceptionCode]int{}, AlsoByCode: map[models.ExceptionCode]int{}, ChangedFrom: lastLook,
	}
	var rows []struct {
		Priority models.Priority
		Code     models.ExceptionCode
		Ours     bool
		Count    int
		Changed  int
	}
	err := filterExceptions(o.db.Gorm.WithContext(ctx).Table("exceptions"), models.ExceptionFilter{Team: models.TeamPlanner}).
		Select("priority, code, "+owningTeam+" = ? AS ours, count(*) AS count, count(*) FILTER (WHERE opened_at > ?) AS changed", models.TeamPlanner, lastLook).
		Group("1, 2, 3").Scan(&rows).Error
	if err != nil {
		return day, fmt.Errorf("count what needs a planner: %w", err)
	}
	for _, r := range rows {
		if !r.Ours {
			day.AlsoByCode[r.Code] += r.Count
			continue
		}
		day.ByPriority[r.Priority] += r.Count
		day.ByCode[r.Code] += r.Count
		day.Changed += r.Changed
	}
	if day.CutOffs, err = o.cutOffs(ctx, business); err != nil {
		return day, err
	}
	day.Questions, day.OpenQuestions, err = o.openQuestions(ctx, myDayQuestions)
	return day, err
}

// cutOffs are those with something waiting: what has passed for longest first, then
// what comes next.
func (o *Overview) cutOffs(ctx context.Context, business time.Time) ([]models.CutOff, error) {
	var cutOffs []models.CutOff
	err := o.db.Gorm.WithContext(ctx).Raw(`
		SELECT dc, min(at) AS at, min(passed) AS passed, sum(waiting) AS waiting, sum(missed) AS missed, jsonb_object_agg(currency, value) AS value FROM (
			SELECT r.dc, p.currency, min(r.order_by) FILTER (WHERE r.order_by > @now) AS at,
				min(r.order_by) FILTER (WHERE r.order_by <= @now) AS passed, count(*) AS waiting, count(*) FILTER (WHERE r.order_by <= @now) AS missed, sum(p.value) AS value
			FROM proposals p JOIN recommendations r USING (recommendation)
			WHERE p.state = 'waiting' GROUP BY r.dc, p.currency) AS each
		GROUP BY dc ORDER BY passed NULLS LAST, at, dc`,
		map[string]any{"now": business}).Scan(&cutOffs).Error
	if err != nil {
		return nil, fmt.Errorf("read the cut-offs: %w", err)
	}
	return cutOffs, nil
}
