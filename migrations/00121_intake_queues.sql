-- +goose Up

-- What each process of the tower has waiting in front of the log, by source, while
-- something waits there for a second or longer. Ages are by the database's clock.
CREATE TABLE intake_queues (
    process   uuid        NOT NULL,
    source    text        NOT NULL,
    events    bigint      NOT NULL CHECK (events >= 0),
    oldest_at timestamptz,
    is_full   boolean     NOT NULL, -- it turned events away within the last seconds
    noted_at  timestamptz NOT NULL,
    PRIMARY KEY (process, source),
    CHECK ((events > 0) = (oldest_at IS NOT NULL))
);

-- +goose Down
DROP TABLE intake_queues;
