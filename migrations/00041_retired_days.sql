-- +goose Up

-- What retention has taken of the log, a day each.
CREATE TABLE retired_days (
    day        date        PRIMARY KEY,
    events     bigint      NOT NULL,
    first_seq  bigint,
    last_seq   bigint,
    bytes      bigint      NOT NULL, -- of the partition with its indexes
    dropped_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE retired_days;
