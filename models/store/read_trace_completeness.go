package store

// traceQuery looks at the order lines that were made from recommendations: back to
// what led to them, and on to what followed. A step is missing when a later one
// came without it, or when its time was up by the end of the period.
var traceQuery = measureQuery{
	rows: `
		SELECT 'order' AS ref_kind, number AS ref, CASE missing WHEN '' THEN 'every link is there' ELSE 'no ' || missing END AS label, item, dc, at,
			CASE missing WHEN '' THEN 1 ELSE 0 END AS value, 1 AS weight
		FROM (
			SELECT o.number, l.item, o.dc, o.ordered_at AS at, concat_ws(', no ',
				CASE WHEN f.revision IS NULL THEN 'forecast revision' END,
				CASE WHEN NOT EXISTS (SELECT FROM decisions d WHERE d.recommendation = r.recommendation AND d.verdict = 'approved') THEN 'decision' END,
				CASE WHEN o.kind = 'purchase' AND c.promised_day IS NULL AND (a.shipped OR g.received OR ` + pastDue + ` AND m.kind = 'confirmed' AND m.subject = o.number)) THEN 'confirmation' END,
				CASE WHEN NOT a.shipped AND (g.received OR c.quantity > 0 AND c.promised_day + 1 <= ` + businessTo + `) THEN 'shipping notice' END,
				CASE WHEN NOT g.received AND ` + pastDue + ` AND m.kind = 'received' AND m.subject IN (
					SELECT n.number || '|' || n.line || '|' || n.asn FROM asns n WHERE n.number = l.number AND n.line = l.line)) THEN 'receipt' END) AS missing
			FROM orders o JOIN order_lines l USING (number) JOIN recommendations r ON o.reference = 'TL-' || r.recommendation
			LEFT JOIN forecast_revisions f ON f.item = r.item AND f.dc = r.dc AND f.revision = r.forecast_revision
			LEFT JOIN LATERAL (SELECT quantity, promised_day FROM confirmations c
				WHERE c.number = l.number AND c.line = l.line AND c.confirmed_at < @to ORDER BY confirmed_at DESC LIMIT 1) c ON true
			CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM asns a WHERE a.number = l.number AND a.line = l.line AND a.shipped_at < @to) AS shipped) a
			CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM receipts g WHERE g.number = l.number AND g.line = l.line AND g.received_at < @to) AS received) g
			WHERE o.ordered_at >= @from AND o.ordered_at < @to AND o.state <> 'cancelled') AS lines`,
	aggregate: `100.0 * sum(value) / nullif(count(*), 0)`,
	worst:     `value`,
}

const (
	// pastDue begins the search for a promise m that was open at the end of the period though its time was up.
	pastDue = `EXISTS (SELECT FROM milestones m WHERE (m.closed_at IS NULL OR m.closed_at >= @to) AND ` + milestoneDue + ` < @to`
	// businessTo is the business time of the end of the period.
	businessTo = `(CAST(@business AS timestamptz) + (CAST(@to AS timestamptz) - CAST(@real AS timestamptz)) / CAST(@pace AS float8))`
)
