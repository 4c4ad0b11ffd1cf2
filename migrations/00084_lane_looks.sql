-- +goose Up

-- How long the oldest event of a lane waited at the latest looks of the watch, in
-- whatever process: a backlog that grows is seen before it is too old.
CREATE TABLE lane_looks (
    lane   text        NOT NULL CHECK (lane IN ('realtime', 'bulk')),
    at     timestamptz NOT NULL,
    age_ms bigint      NOT NULL CHECK (age_ms >= 0),
    PRIMARY KEY (lane, at)
);

-- +goose Down
DROP TABLE lane_looks;
