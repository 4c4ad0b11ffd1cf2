-- +goose Up

-- A trace is found among all that was accepted too. A bloom filter for each
-- range of pages costs an accepted event a third of what a tree would: a range
-- is summed up once it is full, where a tree is written for each of them.
CREATE INDEX events_by_trace ON events USING brin (trace_id text_bloom_ops) WITH (pages_per_range = 64, autosummarize = on);
CREATE INDEX settled_payloads_by_trace ON settled_payloads (trace_id);
CREATE INDEX event_stubs_by_trace ON event_stubs (trace_id);

-- The attributes of an event that no column is for, its correlation and
-- causation among them, outlive its payload.
ALTER TABLE event_stubs ADD COLUMN extensions text;

-- The trace in which a recommendation goes on into decision and order, and the
-- ids by which its sender knows the case.
ALTER TABLE recommendations ADD COLUMN trace_parent text NOT NULL DEFAULT '',
    ADD COLUMN correlation_id text NOT NULL DEFAULT '',
    ADD COLUMN causation_id text NOT NULL DEFAULT '';
CREATE INDEX recommendations_by_trace ON recommendations (substr(trace_parent, 4, 32)) WHERE trace_parent <> '';

-- +goose Down
DROP INDEX recommendations_by_trace;
ALTER TABLE recommendations DROP COLUMN trace_parent, DROP COLUMN correlation_id, DROP COLUMN causation_id;
ALTER TABLE event_stubs DROP COLUMN extensions;
DROP INDEX event_stubs_by_trace, settled_payloads_by_trace, events_by_trace;
