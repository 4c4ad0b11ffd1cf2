package store

// endedByHand is, of an exception x whose cause is gone, when a person last did to what
// it was about that which made it go, and when somebody first tried; at is null where it
// went by itself: what was done did not take effect, was tried again in vain, or was
// followed by a heal of the tower.
const endedByHand = `
	LEFT JOIN LATERAL (SELECT reference FROM erp_writes w WHERE w.id = x.erp_write AND x.code = 'WFL-05') w ON true
	LEFT JOIN LATERAL (SELECT id, healed_at FROM drifts d WHERE d.item = x.item AND d.dc = x.dc AND d.source = x.source
		AND d.cleared_at BETWEEN x.opened_at AND x.resolved_at + ` + sweepTakes + ` ORDER BY id DESC LIMIT 1) d ON true
	LEFT JOIN LATERAL (SELECT at, CASE WHEN at IS NOT NULL THEN least(first, at) END AS answered_at FROM (
		SELECT min(a.at) FILTER (WHERE a.action IN ('event.retry', 'event.edit', 'event.discard', 'erp_write.resubmit', 'erp_write.discard',
				'exception.accept', 'exception.reread', 'drift.reread', 'stock.reread')) AS first,
			max(a.at) FILTER (WHERE CASE
				WHEN a.action IN ('event.retry', 'event.edit', 'event.discard') THEN a.after ->> 'state' IN ('applied', 'superseded', 'discarded')
				WHEN a.action IN ('route.discard', 'route.deliver') THEN ` + tookEffect + ` AND coalesce(a.after ->> 'event', a.before ->> 'event') = x.event_seq::text
				WHEN a.action IN ('erp_write.resubmit', 'erp_write.discard') THEN NOT EXISTS (SELECT FROM erp_write_attempts t
					WHERE t.write_id = x.erp_write AND t.started_at > a.at AND t.class <> '')
				WHEN a.action = 'exception.accept' THEN ` + tookEffect + `
				WHEN a.action IN ('exception.reread', 'drift.reread', 'stock.reread') THEN ` + tookEffect + `
					AND CASE WHEN d.id IS NULL THEN a.at > x.resolved_at - interval '1 minute' ELSE coalesce(d.healed_at <= a.at, true) END
				ELSE false END) AS at
		FROM audit a
		WHERE a.subject IN ('event:' || x.event_seq, 'exception:' || x.id, 'erp_write:' || w.reference, 'route:' || x.source, 'stock:' || x.item || '|' || x.dc, 'drift:' || d.id)
			AND a.at BETWEEN x.opened_at AND x.resolved_at + ` + sweepTakes + ` AND ` + byPerson + `
	) acts) hand ON x.state = 'resolved'`

// sweepTakes is how long before its end a sweep may have begun, whose beginning is the
// time of what it closes.
const sweepTakes = `interval '5 seconds'`

// byPerson says of an audit row a that no program wrote it for itself or for a system.
const byPerson = `a.actor NOT IN ('tower', 'policy', 'system', 'start', 'demo', 'first start') AND a.actor NOT LIKE 'key:%'`

// tookEffect says of an audit row a that it is no intent and no failure.
const tookEffect = `coalesce(a.after ->> 'outcome', 'done') = 'done'`
