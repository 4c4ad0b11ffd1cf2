-- +goose Up

-- What did not pass is found by the id that its source gave it, also when
-- another content holds that id's key, and by its trace. The log itself has no
-- such index: each accepted event would pay for it.
CREATE INDEX unsettled_by_id ON unsettled_events (event_id);
CREATE INDEX unsettled_by_trace ON unsettled_events (trace_id) WHERE trace_id <> '';

-- The sequences of a message's first and last event: a batch is cut into
-- several messages, so that its rows of the change log do not say which.
ALTER TABLE deliveries ADD COLUMN from_seq bigint NOT NULL DEFAULT 0, ADD COLUMN to_seq bigint NOT NULL DEFAULT 0;

-- How far a person moved a consumer on inside what it reads next: up to and
-- with the event skipped_seq of the row skipped_pos.
ALTER TABLE consumer_cursors ADD COLUMN skipped_pos bigint NOT NULL DEFAULT 0, ADD COLUMN skipped_seq bigint NOT NULL DEFAULT 0;

-- Grows whenever somebody wants a subscription that waits to look again.
ALTER TABLE subscriptions ADD COLUMN wakes bigint NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE subscriptions DROP COLUMN wakes;
ALTER TABLE consumer_cursors DROP COLUMN skipped_pos, DROP COLUMN skipped_seq;
ALTER TABLE deliveries DROP COLUMN from_seq, DROP COLUMN to_seq;
DROP INDEX unsettled_by_id, unsettled_by_trace;
