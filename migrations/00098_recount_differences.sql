-- +goose Up

-- What the last recount of the books found to differ, whichever process made it:
-- one that starts knows it too, and closes nothing that another has found.
CREATE TABLE recount_differences (
    source     text        PRIMARY KEY,
    difference text        NOT NULL,
    counted_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE recount_differences;
