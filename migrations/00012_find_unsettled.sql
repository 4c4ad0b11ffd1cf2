-- +goose Up

-- What did not pass is found by the id that its source gave it, also when
-- another content holds that id's key, and by its trace. The log itself has no
-- such index: each accepted event would pay for it.
CREATE INDEX unsettled_by_id ON unsettled_events (event_id);
CREATE INDEX unsettled_by_trace ON unsettled_events (trace_id) WHERE trace_id <> '';

-- +goose Down
DROP INDEX unsettled_by_id, unsettled_by_trace;
