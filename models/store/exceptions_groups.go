package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"throughline/models"
)

// groupEvents are the unsettled events behind each exception of a set: parked
// ones by their fingerprint, waiting ones by the record that they wait for.
const groupEvents = `
	SELECT x.code, x.source, u.state, u.item, u.dc, u.created_at FROM open x
	JOIN unsettled_events u ON u.fingerprint = CAST(nullif(x.fingerprint, '') AS uuid) AND u.state = 'parked'
	UNION ALL
	SELECT x.code, x.source, u.state, u.item, u.dc, u.created_at FROM open x
	JOIN unsettled_events u ON x.fingerprint = '' AND u.state = 'waiting' AND x.dedupe_key = x.code || '|' || u.waits_for`

const groupSQL = `
	WITH open AS (?), events AS (` + groupEvents + `),
	touched AS (
		SELECT code, source, dc, item, document FROM open UNION SELECT code, source, dc, item, '' FROM events),
	reach AS (
		SELECT code, source, count(DISTINCT nullif(dc, '')) AS dcs, count(DISTINCT nullif(item, '')) AS items,
			count(DISTINCT nullif(document, '')) AS documents FROM touched GROUP BY code, source),
	waits AS (
		SELECT code, source, count(*) FILTER (WHERE state = 'parked') AS parked, count(*) FILTER (WHERE state = 'waiting') AS waiting
		FROM events GROUP BY code, source),
	groups AS (
		SELECT code, source, min(priority) AS priority, (array_agg(why ORDER BY priority, consequence_at, id))[1] AS why, min(consequence_at) AS consequence_at,
			(array_agg(erp_write <> 0 ORDER BY consequence_at, id))[1] AS of_order, count(*) AS open, count(*) FILTER (WHERE owner = '') AS unowned,
			sum(occurrences) AS occurrences, min(opened_at) AS first_at, max(last_seen_at) AS last_at,
			min(CASE WHEN acknowledged_at IS NULL THEN ack_due_at ELSE resolve_due_at END) AS due_at
		FROM open GROUP BY code, source),
	risks AS (
		SELECT code, source, jsonb_object_agg(currency, value) AS value_at_risk
		FROM (SELECT code, source, currency, sum(value_at_risk) AS value FROM open GROUP BY code, source, currency) AS each GROUP BY code, source)
	SELECT g.*, k.value_at_risk, r.dcs, r.items, r.documents, coalesce(w.parked, 0) AS parked, coalesce(w.waiting, 0) AS waiting,
		EXISTS (SELECT 1 FROM subscriptions s WHERE s.name = g.source AND s.state <> 'active' AND g.code = ?) AS stopped
	FROM groups g JOIN reach r USING (code, source) JOIN risks k USING (code, source) LEFT JOIN waits w USING (code, source)
	ORDER BY g.priority, g.due_at, g.code, g.source`

// Groups gathers the open exceptions that match a filter by code and source,
// the most urgent first. Each of them is in exactly one group.
func (s *Exceptions) Groups(ctx context.Context, f models.ExceptionFilter) ([]models.ExceptionGroup, error) {
	db := s.db.Gorm.WithContext(ctx)
	var groups []models.ExceptionGroup
	open := filterExceptions(db.Table("exceptions"), f)
	if err := db.Raw(groupSQL, open, models.ExceptionTargetDown).Scan(&groups).Error; err != nil {
		return nil, fmt.Errorf("group the open exceptions: %w", err)
	}
	if len(groups) == 0 {
		return nil, nil
	}
	return groups, addHours(db, f, groups)
}

const groupHoursSQL = `
	WITH open AS (?), seen AS (?), events AS (` + groupEvents + `),
	happened AS (
		SELECT code, source, created_at AS at FROM events
		UNION ALL
		SELECT x.code, x.source, n.at FROM seen x JOIN exception_notes n ON n.exception_id = x.id
		WHERE n.action IN ('opened', 'reopened') AND (x.state = 'resolved' OR NOT EXISTS (
			SELECT 1 FROM events e WHERE e.code = x.code AND e.source = x.source)))
	SELECT code, source, CAST(floor(extract(epoch FROM now() - at) / 3600) AS integer) AS ago, count(*) AS n
	FROM happened WHERE at > now() - make_interval(hours => ?) GROUP BY 1, 2, 3`

// addHours counts by the hour: events where the exception is about some, else
// how often it was opened.
func addHours(db *gorm.DB, f models.ExceptionFilter, groups []models.ExceptionGroup) error {
	var rows []struct {
		Code   models.ExceptionCode
		Source string
		Ago    int
		N      int64
	}
	all := f
	all.Concerns, all.Unowned, all.States = "", false, []models.ExceptionState{
		models.ExceptionNew, models.ExceptionAcknowledged, models.ExceptionAssigned,
		models.ExceptionInProgress, models.ExceptionWaiting, models.ExceptionResolved,
	}
	open := filterExceptions(db.Table("exceptions"), f)
	seen := filterExceptions(db.Table("exceptions"), all).Where("last_seen_at > now() - ?::interval", models.GroupHours*time.Hour)
	if err := db.Raw(groupHoursSQL, open, seen, models.GroupHours).Scan(&rows).Error; err != nil {
		return fmt.Errorf("count the occurrences by the hour: %w", err)
	}
	for i := range groups {
		g := &groups[i]
		g.Hours = make([]int64, models.GroupHours)
		for _, r := range rows {
			if r.Code == g.Code && r.Source == g.Source && r.Ago < models.GroupHours {
				g.Hours[models.GroupHours-1-max(r.Ago, 0)] += r.N
			}
		}
	}
	return nil
}
