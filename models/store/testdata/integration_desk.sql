-- A distributor on a bad morning, as the integration desk sees it: an item that
-- no system announced, a version that came twice with other content, a
-- forecasting system that does not answer and an ERP that refuses an order.
INSERT INTO sources (source, system, interval_s) VALUES
    ('erp', 'erp', 60), ('forecasting', 'forecasting', 600), ('replenishment', 'replenishment', 600);
INSERT INTO locations VALUES
    ('LON', 'London', 'Europe/London', 1, gen_random_uuid(), 1, now()), ('ROT', 'Rotterdam', 'Europe/Amsterdam', 1, gen_random_uuid(), 1, now());
INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at) VALUES
    ('22423', 'Regency cakestand 3 tier', 'EA', 4, 4, 6.10, 12.75, 'GBP', 'A', 'S1', 1, gen_random_uuid(), 1, now());

-- Shard 0 has been applied up to 30, shard 1 waits with one event.
UPDATE shard_cursors SET seq = 30, day = current_date WHERE shard = 0;
INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, extensions, data)
SELECT n, CASE n WHEN 40 THEN 1 ELSE 0 END, now() - interval '30 seconds', now() - interval '31 seconds', 'erp', 'bal-' || n,
    'throughline.inventory.balance.v1', '22423@LON', 'inventory:22423|LON', '22423', 'LON', '4bf92f3577b34da6a3ce929d0e0e4736',
    '{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}',
    '{"item":"22423","dc":"LON","on_hand":"' || n || '.50","allocated":4,"unit":"EA","version":' || n || ',"time":"2026-01-10T08:00:00Z"}'
FROM unnest(ARRAY[1, 2, 3, 40]) AS n;
INSERT INTO changes (shard, kind, from_seq, to_seq, left_out, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at)
VALUES (0, 'batch', 1, 30, ARRAY[2, 3] || ARRAY(SELECT generate_series(4, 30))::bigint[], 1, now() - interval '40 seconds', now() - interval '20 seconds',
    now() - interval '29 seconds', 1800, 900, 14200, now() - interval '28 seconds');
INSERT INTO settled_events (seq, shard, source, outcome, reason, actor, settled_at) VALUES
    (2, 0, 'erp', 'superseded', 'Version 2 is older than version 12, which was applied before.', '', now()),
    (3, 0, 'erp', 'discarded', 'Sent by a test system.', 'ivy', now());

-- Eight balances of an unknown item wait; five came with a version that was taken; one movement is held.
INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, extensions, data,
    state, holds_key, stage, code, reason, fingerprint, waits_for, attempts, created_at)
SELECT n, 0, now() - make_interval(mins => 31 - n), now() - make_interval(mins => 31 - n), 'erp', 'bal-' || n, 'throughline.inventory.balance.v1',
    '47566@' || dc, 'inventory:47566|' || dc, '47566', dc, '', NULL,
    '{"item":"47566","dc":"' || dc || '","on_hand":12,"allocated":0,"unit":"EA","version":7,"time":"2026-01-10T08:00:00Z"}',
    'waiting', false, 'transformation', 'TRF-03', 'Item 47566 is not known yet.', '00000000-0000-0000-0000-000000000003', 'item:47566', 1, now() - make_interval(mins => 31 - n)
FROM (SELECT n, CASE n % 2 WHEN 0 THEN 'LON' ELSE 'ROT' END AS dc FROM generate_series(4, 11) AS n) AS v;
INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, conflict, extensions, data,
    state, holds_key, stage, code, reason, fingerprint, attempts, created_at)
SELECT n, 0, now() - make_interval(mins => 31 - n), now() - make_interval(mins => 31 - n), 'erp', 'mov-' || n, 'throughline.inventory.movement.v1',
    '22423@LON', 'inventory:22423|LON', '22423', 'LON', '4bf92f3577b34da6a3ce929d0e0e4736', true, '{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}',
    '{"item":"22423","dc":"LON","kind":"sale","on_hand_delta":-' || n || ',"allocated_delta":0,"unit":"EA","version":12,"time":"2026-01-10T08:00:00Z"}',
    'parked', n = 12, 'api', 'API-07', 'Version 12 was applied before with other content.', '00000000-0000-0000-0000-000000000007', 2, now() - make_interval(mins => 31 - n)
FROM generate_series(12, 16) AS n;
INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, data,
    state, holds_key, stage, code, reason, fingerprint, attempts)
VALUES (17, 0, now() - interval '12 minutes', now(), 'erp', 'mov-17', 'throughline.inventory.movement.v1', '22423@LON', 'inventory:22423|LON', '22423', 'LON', '{}',
    'held', true, 'transformation', 'TRF-07', 'An earlier event of inventory:22423|LON has not passed yet.', '00000000-0000-0000-0000-000000000009', 1);
INSERT INTO event_attempts (seq, attempt, stage, component, started_at, ended_at, outcome, class, error) VALUES
    (12, 1, 'transformation', 'apply/1', now() - interval '19 minutes', now() - interval '19 minutes' + interval '14 ms', 'parked', 'permanent', 'Version 12 was applied before with other content.'),
    (12, 2, 'transformation', 'apply/1', now() - interval '4 minutes', now() - interval '4 minutes' + interval '9 ms', 'parked', 'permanent', 'Version 12 was applied before with other content.');

INSERT INTO books_received (source, lane, received, duplicate) VALUES
    ('erp', 'realtime', 128402, 311), ('erp', 'bulk', 36000, 0), ('forecasting', 'realtime', 5210, 2), ('replenishment', 'realtime', 9871, 0);
INSERT INTO books_decided (source, shard, applied, superseded, parked, discarded) VALUES
    ('erp', 0, 164355, 31, 5, 1), ('forecasting', 0, 5210, 0, 0, 0), ('replenishment', 0, 9870, 1, 0, 0);

-- Forecasting answers 503, replenishment takes everything.
INSERT INTO subscriptions (name, url, secret, types, state, failures) VALUES
    ('forecasting', 'http://127.0.0.1:9102/webhooks', 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=', '{throughline.inventory.balance.v1,throughline.demand.order.v1}', 'active', 6),
    ('replenishment', 'http://127.0.0.1:9103/webhooks', 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=', '{throughline.inventory.balance.v1,throughline.forecast.revision.v1}', 'active', 0);
INSERT INTO consumer_cursors (consumer, shard, pos)
SELECT c, s, CASE WHEN c = 'route:forecasting' THEN 0 ELSE (SELECT coalesce(max(pos), 0) FROM changes WHERE shard = s) END
FROM unnest(ARRAY['route:forecasting', 'route:replenishment', 'workflow']) AS c, generate_series(0, 1) AS s
ON CONFLICT DO NOTHING;
INSERT INTO deliveries (subscription, shard, from_pos, to_pos, from_seq, to_seq, message_id, events, attempt, started_at, ended_at, status, outcome, class, error, answer, carried)
SELECT 'forecasting', 0, p, p, 1, 1, 'msg_f1', 1, n, now() - make_interval(secs => 28 - 4 * n), now() - make_interval(secs => 28 - 4 * n) + interval '120 ms', 503, 'failed', 'transient',
    'The target answered 503 Service Unavailable.', 'Maintenance, try ' || n || ' of many.', '[{"type": "throughline.inventory.balance.v1", "dc": "LON", "events": 1}]'
FROM (SELECT max(pos) AS p FROM changes) c, generate_series(1, 6) AS n;
INSERT INTO deliveries (subscription, shard, from_pos, to_pos, message_id, events, attempt, started_at, ended_at, status, outcome, carried)
SELECT 'replenishment', 0, p, p, 'msg_r1', 1, 1, now() - interval '27 seconds', now() - interval '27 seconds' + interval '38 ms', 204, 'delivered',
    '[{"type": "throughline.inventory.balance.v1", "dc": "LON", "events": 1}]'
FROM (SELECT max(pos) AS p FROM changes) c;

-- Three approved orders: made, refused, and of unknown outcome.
INSERT INTO recommendations (recommendation, kind, run, item, dc, supplier, quantity, unit, unit_price, currency, need_by, order_by,
    reason, basis_kind, content_hash, computed_at, received_at, seq)
SELECT r, 'purchase', 'run-1', '22423', 'LON', 'S1', 120, 'EA', 6.10, 'GBP', '2011-02-05', now(), 'cover', 'missing', gen_random_uuid(), now(), now(), 1
FROM unnest(ARRAY['REC-1', 'REC-2', 'REC-3']) AS r;
INSERT INTO proposals (recommendation, state, policy_version, route, value, currency, quantity, entered_at, due_at, decided_at, ordered_at) VALUES
    ('REC-1', 'ordered', '1', 'auto', 732, 'GBP', 120, now(), now(), now(), now()),
    ('REC-2', 'failed', '1', 'single', 732, 'GBP', 120, now(), now(), now(), NULL),
    ('REC-3', 'approved', '1', 'single', 732, 'GBP', 120, now(), now(), now(), NULL);
INSERT INTO decisions (recommendation, verdict, actor, by_policy, quantity, decided_at) VALUES
    ('REC-1', 'approved', 'policy', true, 120, now()), ('REC-2', 'approved', 'ann', false, 120, now() - interval '9 minutes'), ('REC-3', 'approved', 'ann', false, 120, now());
INSERT INTO erp_writes (recommendation, system, kind, reference, request, state, document, attempts, sent_at, error_class, error, created_at)
SELECT r, 'erp', 'purchase', 'TL-' || r,
    ('{"reference":"TL-' || r || '","supplier":"S1","dc":"LON","currency":"GBP","lines":[{"line":1,"item":"22423","quantity":"120","unit":"EA","unit_price":"6.1","need_by":"2011-02-05"}]}')::jsonb,
    state, document, attempts, now() - interval '4 minutes', class, error, now() - interval '8 minutes'
FROM (VALUES ('REC-1', 'confirmed', 'PO-4500012', 1, '', ''), ('REC-2', 'failed', '', 2, 'permanent', 'The ERP refused the order: supplier S1 is blocked for purchasing.'),
    ('REC-3', 'unknown', '', 1, 'unknown', 'The ERP did not answer within 10 s.')) AS v (r, state, document, attempts, class, error);
INSERT INTO erp_write_attempts (write_id, attempt, action, started_at, ended_at, outcome, class, error, request, response)
SELECT w.id, v.n, v.action, now() - make_interval(secs => v.ago), now() - make_interval(secs => v.ago) + make_interval(secs => v.took), v.outcome, v.class, v.error, w.request::text, v.response
FROM (VALUES ('REC-1', 1, 'send', 120, 0.21, 'created', '', '', '{"number":"PO-4500012"}'),
    ('REC-2', 1, 'send', 240, 10.0, 'unknown', 'unknown', 'The ERP did not answer within 10 s.', ''),
    ('REC-2', 2, 'lookup', 200, 0.18, 'absent', '', '', '{"orders":[]}'),
    ('REC-2', 3, 'send', 198, 0.35, 'refused', 'permanent', 'The ERP refused the order: supplier S1 is blocked for purchasing.', '{"code":"supplier_blocked","message":"Supplier S1 is blocked for purchasing."}'),
    ('REC-3', 1, 'send', 60, 10.0, 'unknown', 'unknown', 'The ERP did not answer within 10 s.', '')) AS v (r, n, action, ago, took, outcome, class, error, response)
JOIN erp_writes w ON w.recommendation = v.r ORDER BY v.r, v.n;

INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, source, item, dc, recommendation, event_seq, erp_write, fingerprint,
    occurrences, value_at_risk, opened_at, last_seen_at, ack_due_at, resolve_due_at)
SELECT v.code, 'it', v.stage, v.code || '|' || coalesce(nullif(v.rec, ''), '1'), v.title, v.happened, 'new', v.priority, 'C2', 'because', v.source, v.item, v.dc, v.rec, v.seq,
    coalesce((SELECT id FROM erp_writes WHERE recommendation = v.rec), 0), v.cause, v.n, v.risk, now() - interval '20 minutes', now(), now() + interval '10 minutes', now() + interval '2 hours'
FROM (VALUES
    ('API-05', 'api', 'Forecasting takes no deliveries', 'Forecasting has refused every message for 3 min; 1 event waits.', 'P2', 'forecasting', '', '', '', 0, '', 6, 0),
    ('API-07', 'api', 'Version 12 came twice', 'The ERP sent version 12 of 22423 at LON twice with other quantities.', 'P3', 'erp', '22423', 'LON', '', 12, '00000000-0000-0000-0000-000000000007', 5, 418.20),
    ('TRF-03', 'transformation', 'Item 47566 is not known', '8 balances wait for the master record of item 47566.', 'P3', 'erp', '47566', 'LON', '', 4, '00000000-0000-0000-0000-000000000003', 8, 0),
    ('WFL-05', 'workflow', 'REC-2 was approved and not ordered', 'The ERP refused the order: supplier S1 is blocked for purchasing.', 'P1', 'erp', '22423', 'LON', 'REC-2', 0, '', 1, 732)
) AS v (code, stage, title, happened, priority, source, item, dc, rec, seq, cause, n, risk);

INSERT INTO rejected_samples (source, event_id, type, code, errors, body, received_at) VALUES
    ('erp', 'bal-900', 'throughline.inventory.balance.v1', 'TRF-01', '[{"pointer":"/on_hand","message":"must be a decimal number"},{"pointer":"/unit","message":"is required"}]',
        '{"item":"22423","dc":"LON","on_hand":"many","allocated":4,"version":13,"time":"2026-01-10T08:00:00Z"}', now() - interval '2 minutes'),
    ('erp', 'x-1', 'erp.unknown.v1', 'TRF-01', '[{"pointer":"/type","message":"no contract is named erp.unknown.v1"}]', '{}', now() - interval '9 minutes');
INSERT INTO rejected_counts (minute, source, type, code, count) VALUES
    (date_trunc('minute', now()), 'erp', 'throughline.inventory.balance.v1', 'TRF-01', 7),
    (date_trunc('minute', now() - interval '8 minutes'), 'erp', 'erp.unknown.v1', 'TRF-01', 1);

-- One run found that a balance was never sent, a second one found it mended; the third failed.
INSERT INTO reconcile_runs (source, asked_by, started_at, finished_at, state, compared, matched, in_flight, drifted, healed, drift_value, error) VALUES
    ('erp', 'schedule', now() - interval '15 minutes', now() - interval '15 minutes' + interval '5800 ms', 'finished', 3604, 3600, 2, 2, 1, '{"GBP": 84.30}', ''),
    ('erp', 'ivy', now() - interval '10 minutes', now() - interval '10 minutes' + interval '5400 ms', 'finished', 3604, 3602, 1, 1, 1, '{"GBP": 36.60}', ''),
    ('erp', 'schedule', now() - interval '5 minutes', now() - interval '5 minutes' + interval '200 ms', 'failed', 0, 0, 0, 0, 0, '{}', 'The ERP does not answer.');
UPDATE reconcile_runs SET causes = '{"missing_event": 1, "unexplained": 1}', cleared = 3, unexplained_value = '{"GBP": 12.5}' WHERE in_flight = 2;
INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, found_at, cleared_at, cleared_how,
    why, parted_side, parted_agreed_at, parted_agreed_version, parted_first_at, parted_first_version, parted_first_line)
SELECT min(id), 'erp', '22423', 'LON', 'missing_event', 40, 46, 4, 4, 42, 40, now() - interval '15 minutes', NULL::timestamptz, '',
    'The owner is at version 42 and its events came to version 40.', 'missing_here', timestamptz '2026-03-09 07:58:00Z', 40, timestamptz '2026-03-09 08:00:00Z', 41, 'sale SO-9 (−6)' FROM reconcile_runs
UNION ALL
SELECT min(id), 'erp', '47566', 'ROT', 'unexplained', 12, 10.5, 0, 0, 7, 7, now() - interval '15 minutes', now() - interval '10 minutes', 'read again from its owner', '', '', NULL, 0, NULL, 0, '' FROM reconcile_runs;
