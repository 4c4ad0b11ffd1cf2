-- +goose Up

-- What each process of the tower last found on the machine that it runs on. Times
-- are the database's, since the machine's own clock is what is judged.
CREATE TABLE machines (
    host           text        NOT NULL,
    directory      text        NOT NULL,
    has_database   boolean     NOT NULL,
    free_bytes     bigint      NOT NULL CHECK (free_bytes >= 0 AND free_bytes <= size_bytes),
    size_bytes     bigint      NOT NULL,
    disk_fault     text        NOT NULL, -- why neither is known
    clock_ahead_us bigint      NOT NULL,
    jump_us        bigint      NOT NULL DEFAULT 0,
    jumped_at      timestamptz,
    read_at        timestamptz NOT NULL,
    PRIMARY KEY (host, directory),
    CHECK ((size_bytes > 0) = (disk_fault = '')),
    CHECK ((jump_us = 0) = (jumped_at IS NULL))
);

-- +goose Down
DROP TABLE machines;
