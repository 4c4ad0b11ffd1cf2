package store

import "strings"

// Minutes are not kept for as long as a trend goes back, and an hour is too coarse
// for the short weeks of a demo.
const (
	wholeHours   = `CAST(@to AS timestamptz) - CAST(@from AS timestamptz) >= interval '1 day'`
	wholeFrom    = `date_trunc(CASE WHEN ` + wholeHours + ` THEN 'hour' ELSE 'minute' END, CAST(@from AS timestamptz), 'UTC')`
	wholeTo      = `date_trunc(CASE WHEN ` + wholeHours + ` THEN 'hour' ELSE 'minute' END, CAST(@to AS timestamptz), 'UTC')`
	firstCounted = `(SELECT CASE WHEN ` + wholeHours + ` THEN (SELECT min(hour) FROM latency_hours) ELSE (SELECT min(minute) FROM latency_rollups) END)`
)

// throughputQuery counts the events of the real-time lane by DC and entity. What
// was before the first count is no time without events; a period after it in which
// none came has none a minute.
var throughputQuery = measureQuery{
	rows: strings.NewReplacer("@whole_from", wholeFrom, "@whole_to", wholeTo, "@whole_hours", wholeHours).Replace(`
		SELECT 'latency' AS ref_kind, concat_ws('@', entity, nullif(dc, '')) AS ref, 'events of ' || replace(entity, '_', ' ') AS label, '' AS item, dc,
			max(at) AS at, sum(events) AS value, 1 AS weight
		FROM (
			SELECT hour AS at, dc, entity, events FROM latency_hours
			WHERE @whole_hours AND hour >= @whole_from AND hour < @whole_to
			UNION ALL
			SELECT minute, dc, entity, count FROM latency_rollups
			WHERE NOT (@whole_hours) AND minute >= @whole_from AND minute < @whole_to AND stage = 'total'
				AND shard IN (SELECT shard FROM shard_cursors WHERE lane = 'realtime')) AS counted
		GROUP BY dc, entity`),
	aggregate: strings.NewReplacer("@first", firstCounted, "@whole_from", wholeFrom, "@whole_to", wholeTo).Replace(`
		CASE WHEN @whole_to > @first THEN 60 * coalesce(sum(value), 0) / nullif(extract(epoch FROM @whole_to - greatest(@whole_from, @first)), 0) END`),
	worst: `value DESC`,
}
