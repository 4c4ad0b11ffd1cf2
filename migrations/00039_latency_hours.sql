-- +goose Up

-- How many events took effect in an hour, and how many of them later than the
-- target that held then: what is left of an error budget, without the minutes.
CREATE TABLE latency_hours (
    hour   timestamptz NOT NULL,
    dc     text        NOT NULL,
    entity text        NOT NULL,
    shard  smallint    NOT NULL,
    events bigint      NOT NULL CHECK (events >= late),
    late   bigint      NOT NULL CHECK (late >= 0),
    PRIMARY KEY (hour, dc, entity, shard)
);

-- +goose Down
DROP TABLE latency_hours;
