-- +goose Up

-- A flow is what one source says of one entity: "erp:inventory".
ALTER TABLE pauses
    DROP CONSTRAINT pauses_kind_check,
    ADD CONSTRAINT pauses_kind_check CHECK (kind IN ('source', 'flow', 'lane', 'target'));

-- Stubs go at an age of their own, and their day tells of it.
CREATE INDEX event_stubs_by_age ON event_stubs (received_at);
ALTER TABLE retired_days
    ADD COLUMN stubs_gone    bigint NOT NULL DEFAULT 0,
    ADD COLUMN stubs_gone_at timestamptz;

-- +goose Down
ALTER TABLE retired_days DROP COLUMN stubs_gone, DROP COLUMN stubs_gone_at;
DROP INDEX event_stubs_by_age;
DELETE FROM pauses WHERE kind = 'flow';
ALTER TABLE pauses
    DROP CONSTRAINT pauses_kind_check,
    ADD CONSTRAINT pauses_kind_check CHECK (kind IN ('source', 'lane', 'target'));
