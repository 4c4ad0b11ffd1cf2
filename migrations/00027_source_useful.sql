-- +goose Up

-- What a source's books said when a row of it last took effect: what came since
-- then was of no use.
CREATE TABLE source_useful (
    source     text        PRIMARY KEY,
    useful_at  timestamptz NOT NULL,
    received   bigint      NOT NULL,
    duplicate  bigint      NOT NULL,
    superseded bigint      NOT NULL,
    parked     bigint      NOT NULL
);

-- +goose Down
DROP TABLE source_useful;
