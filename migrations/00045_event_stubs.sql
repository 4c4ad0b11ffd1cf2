-- +goose Up

-- What is kept of an event that took effect on the way from a forecast to a
-- receipt, when retention takes the day that it came with: all but its payload.
CREATE TABLE event_stubs (
    seq         bigint      PRIMARY KEY,
    shard       smallint    NOT NULL,
    received_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    source      text        NOT NULL,
    event_id    text        NOT NULL,
    type        text        NOT NULL,
    subject     text        NOT NULL,
    key         text        NOT NULL,
    item        text        NOT NULL,
    dc          text        NOT NULL,
    trace_id    text        NOT NULL,
    refs        text        NOT NULL -- what the payload named: its order, recommendation or revision
);
CREATE INDEX event_stubs_by_id ON event_stubs (event_id);
ALTER TABLE retired_days ADD COLUMN stubs bigint NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE retired_days DROP COLUMN stubs;
DROP TABLE event_stubs;
