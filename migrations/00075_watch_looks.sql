-- +goose Up

-- When each look of the watch, named by the first kind that it finds, last worked
-- in whatever process.
CREATE TABLE watch_looks (
    look      text        PRIMARY KEY,
    worked_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE watch_looks;
