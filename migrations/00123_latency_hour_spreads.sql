-- +goose Up

-- The minutes of latency_rollups of an hour that is long over, as one row of all
-- shards of the real-time lane: a period of months reads these.
CREATE TABLE latency_hour_spreads (
    hour   timestamptz NOT NULL,
    dc     text        NOT NULL,
    entity text        NOT NULL,
    stage  text        NOT NULL,
    hist   bytea       NOT NULL,
    PRIMARY KEY (hour, dc, entity, stage)
);
CREATE INDEX latency_hour_spreads_cut ON latency_hour_spreads (dc, entity, stage, hour);

-- +goose Down
DROP TABLE latency_hour_spreads;
