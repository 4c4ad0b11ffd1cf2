-- +goose Up

-- What retention took of each kind, by the day on which it did. kept_since is
-- written with the deletion: from then on the kind is there.
CREATE TABLE retention_removals (
    kind       text        NOT NULL,
    day        date        NOT NULL,
    rows       bigint      NOT NULL CHECK (rows > 0),
    kept_since timestamptz NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (kind, day)
);

-- Old rows are found by their age without reading the new ones.
CREATE INDEX stock_movements_by_age ON stock_movements USING brin (recorded_at) WITH (autosummarize = on);
CREATE INDEX evaluations_by_age ON evaluations USING brin (recorded_at) WITH (autosummarize = on);
CREATE INDEX event_attempts_by_age ON event_attempts USING brin (ended_at) WITH (autosummarize = on);
CREATE INDEX exceptions_resolved ON exceptions (resolved_at) WHERE state = 'resolved';

-- +goose Down
DROP INDEX exceptions_resolved;
DROP INDEX event_attempts_by_age;
DROP INDEX evaluations_by_age;
DROP INDEX stock_movements_by_age;
DROP TABLE retention_removals;
