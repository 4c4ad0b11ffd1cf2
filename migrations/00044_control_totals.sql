-- +goose Up

-- What a source says that it sent: how many events of a type, of a DC or of all,
-- that happened from since to until by its own clock. counted is what was accepted of them.
CREATE TABLE control_totals (
    source     text        NOT NULL,
    type       text        NOT NULL,
    dc         text        NOT NULL DEFAULT '',
    since      timestamptz NOT NULL,
    until      timestamptz NOT NULL CHECK (until > since),
    events     bigint      NOT NULL CHECK (events >= 0),
    stated_at  timestamptz NOT NULL,
    counted    bigint      NOT NULL CHECK (counted >= 0),
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (source, type, dc, since, until)
);
CREATE INDEX control_totals_short ON control_totals (counted_at) WHERE counted < events;

-- Counting what came in a while reads that while of the log and not the day.
CREATE INDEX events_received_at ON events USING brin (received_at) WITH (autosummarize = on);

-- +goose Down
DROP INDEX events_received_at;
DROP TABLE control_totals;
