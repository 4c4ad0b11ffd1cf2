package store

// The statements of Exceptions.Report. $1 is the signals, $2 the real time of
// the sweep; each writes its notes and returns how many rows it changed.

const signalsCTE = `
WITH signals AS (
	SELECT DISTINCT ON (dedupe_key) * FROM jsonb_to_recordset($1::jsonb) AS s(
		dedupe_key text, code text, team text, also_team text, stage text, title text, happened text,
		priority text, consequence text, why text, source text, through text, item text, dc text, supplier text,
		recommendation text, document text, event_seq bigint, erp_write bigint, fingerprint text,
		occurrences integer, value_at_risk numeric, currency text, consequence_at timestamptz,
		ack_due timestamptz, resolve_due timestamptz)
	ORDER BY dedupe_key)`

// reopenSQL opens again what was resolved by hand while it stands, once it is
// more urgent than it was, and what cleared only a moment ago ($3).
const reopenSQL = signalsCTE + `, reopened AS (
	UPDATE exceptions x SET state = CASE x.owner WHEN '' THEN 'new' ELSE 'assigned' END, standing = true,
		resolved_at = NULL, resolution = '', waiting_until = NULL, acknowledged_at = NULL, cause_id = NULL, escalation = 0, escalated_at = NULL, escalated_to = '', occurrences = x.occurrences + 1, version = x.version + 1,
		ack_due_at = s.ack_due, resolve_due_at = s.resolve_due
	FROM signals s
	WHERE x.dedupe_key = s.dedupe_key AND x.state = 'resolved' AND s.priority <> 'log'
		AND (x.standing AND s.priority < x.priority
			OR NOT x.standing AND x.resolved_at > $2::timestamptz - $3::interval
				AND x.id = (SELECT max(y.id) FROM exceptions y WHERE y.dedupe_key = x.dedupe_key))
	RETURNING x.id, s.happened)
, notes AS (
	INSERT INTO exception_notes (exception_id, at, actor, action, note) SELECT id, $2::timestamptz, $4, 'reopened', happened FROM reopened)
SELECT count(*) FROM reopened`

// refreshSQL brings rows that stand up to date, at most every $3 when only the
// time of the last sight is new. It leaves the version alone: a refreshed
// figure is no conflict between people. A clock that got shorter starts now; one
// that got longer is set by giveTime.
const refreshSQL = signalsCTE + `, found AS (
	SELECT x.id, x.priority AS was, CASE s.priority WHEN 'log' THEN 'P4' ELSE s.priority END AS now_priority, s.*
	FROM exceptions x JOIN signals s USING (dedupe_key) WHERE x.standing)
, refreshed AS (
	UPDATE exceptions x SET title = f.title, happened = f.happened, team = f.team, also_team = f.also_team,
		priority = f.now_priority, consequence = f.consequence, why = f.why, source = f.source, through = f.through, item = f.item, dc = f.dc,
		supplier = f.supplier, recommendation = f.recommendation, document = f.document, event_seq = f.event_seq,
		erp_write = f.erp_write, fingerprint = f.fingerprint, occurrences = greatest(x.occurrences, f.occurrences),
		value_at_risk = f.value_at_risk, currency = f.currency, consequence_at = f.consequence_at, last_seen_at = $2::timestamptz,
		ack_due_at = CASE WHEN f.now_priority < f.was THEN least(x.ack_due_at, f.ack_due) ELSE x.ack_due_at END,
		resolve_due_at = CASE WHEN f.now_priority < f.was THEN least(x.resolve_due_at, f.resolve_due) ELSE x.resolve_due_at END
	FROM found f
	WHERE x.id = f.id AND (x.last_seen_at < $2::timestamptz - $3::interval
		OR (x.title, x.happened, x.team, x.also_team, x.priority, x.consequence, x.why, x.source, x.through, x.item, x.dc, x.supplier,
			x.recommendation, x.document, x.event_seq, x.erp_write, x.fingerprint, x.value_at_risk, x.currency, x.consequence_at)
		IS DISTINCT FROM (f.title, f.happened, f.team, f.also_team, f.now_priority, f.consequence, f.why, f.source, f.through, f.item, f.dc, f.supplier,
			f.recommendation, f.document, f.event_seq, f.erp_write, f.fingerprint, f.value_at_risk, f.currency, f.consequence_at)
		OR x.occurrences < f.occurrences)
	RETURNING x.id, x.state, f.was, f.now_priority, f.why)
, notes AS (
	INSERT INTO exception_notes (exception_id, at, actor, action, note)
	SELECT id, $2::timestamptz, $4, 'priority', was || ' became ' || now_priority || '. ' || why
	FROM refreshed WHERE was <> now_priority AND state <> 'resolved')
SELECT count(*) FROM refreshed`

// openSQL opens a row for each condition that has none.
const openSQL = signalsCTE + `, opened AS (
	INSERT INTO exceptions (code, team, also_team, stage, dedupe_key, title, happened, state, priority, consequence, why,
		source, through, item, dc, supplier, recommendation, document, event_seq, erp_write, fingerprint, occurrences,
		value_at_risk, currency, consequence_at, opened_at, last_seen_at, ack_due_at, resolve_due_at)
	SELECT code, team, also_team, stage, dedupe_key, title, happened, 'new', priority, consequence, why,
		source, through, item, dc, supplier, recommendation, document, event_seq, erp_write, fingerprint, occurrences,
		value_at_risk, currency, consequence_at, $2::timestamptz, $2::timestamptz, ack_due, resolve_due
	FROM signals s
	WHERE priority <> 'log' AND NOT EXISTS (SELECT 1 FROM exceptions x WHERE x.dedupe_key = s.dedupe_key AND x.standing)
	RETURNING id, happened)
, notes AS (
	INSERT INTO exception_notes (exception_id, at, actor, action, note) SELECT id, $2::timestamptz, $3, 'opened', happened FROM opened)
SELECT count(*) FROM opened`

// closeSQL closes what the sweep looked for ($3, with $4 as the evidence) and
// no longer found, unless it was opened after the sweep began to look.
const closeSQL = signalsCTE + `, gone AS (
	SELECT x.id, x.state, c.evidence FROM exceptions x JOIN unnest($3::text[], $4::text[]) AS c(code, evidence) USING (code)
	WHERE x.standing AND x.opened_at < $2::timestamptz AND NOT EXISTS (SELECT 1 FROM signals s WHERE s.dedupe_key = x.dedupe_key)
	ORDER BY x.id FOR UPDATE OF x)
, closed AS (
	UPDATE exceptions x SET standing = false, state = 'resolved', resolved_at = coalesce(x.resolved_at, $2::timestamptz),
		resolution = CASE g.state WHEN 'resolved' THEN x.resolution ELSE g.evidence END, version = x.version + 1
	FROM gone g WHERE x.id = g.id)
, notes AS (
	INSERT INTO exception_notes (exception_id, at, actor, action, note)
	SELECT id, $2::timestamptz, $5, 'cleared', evidence FROM gone)
SELECT count(*) FROM gone`
