-- +goose Up

-- A step of an exception's runbook that somebody has done. A step is known by
-- its words: when the runbook changes, an old tick stands for the old step only.
CREATE TABLE runbook_ticks (
    exception_id bigint      NOT NULL REFERENCES exceptions,
    step         text        NOT NULL CHECK (step <> ''),
    actor        text        NOT NULL,
    ticked_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (exception_id, step)
);

-- +goose Down
DROP TABLE runbook_ticks;
