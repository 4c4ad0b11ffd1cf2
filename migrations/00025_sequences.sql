-- +goose Up

-- The numbers that batches took in of each counted series, until they are
-- folded: batches only insert, so that two of them never wait for each other.
CREATE TABLE sequence_arrivals (
    id      bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source  text           NOT NULL,
    series  text           NOT NULL,
    numbers int8multirange NOT NULL
);

-- All numbers that were seen of a series, as ranges: one more than it has holes.
CREATE TABLE sequences (
    source    text           NOT NULL,
    series    text           NOT NULL,
    seen      int8multirange NOT NULL,
    given_up  bigint         NOT NULL DEFAULT 0 CHECK (given_up >= 0), -- numbers of holes beyond the bound
    PRIMARY KEY (source, series)
);

-- The holes, and since when each is known. A part of a hole is as old as the whole.
CREATE TABLE sequence_gaps (
    source    text        NOT NULL,
    series    text        NOT NULL,
    first     bigint      NOT NULL,
    last      bigint      NOT NULL,
    since     timestamptz NOT NULL,
    PRIMARY KEY (source, series, last),
    FOREIGN KEY (source, series) REFERENCES sequences ON DELETE CASCADE,
    CHECK (first <= last)
);

-- +goose Down
DROP TABLE sequence_gaps, sequences, sequence_arrivals;
