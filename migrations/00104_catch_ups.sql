-- +goose Up

-- What the tower asked a source for while an exception says that something of it did
-- not come: one row an exception, written before the call and completed by the answer.
CREATE TABLE catch_ups (
    exception_id bigint      PRIMARY KEY REFERENCES exceptions,
    times        integer     NOT NULL CHECK (times > 0),
    asked_at     timestamptz NOT NULL,            -- last
    due_at       timestamptz NOT NULL,            -- not asked again before
    answer       text        NOT NULL DEFAULT '', -- to the last asking, in words, or why it is not asked; empty until it is there
    asked_to     bigint,                          -- of a gap: the last number that was asked for, where the source answered
    read_since   timestamptz,                     -- of a silence: the first answer
    came         bigint      NOT NULL DEFAULT 0 CHECK (came >= 0), -- balances that were read
    watermark    timestamptz,                     -- the source's own time up to which its changes were read
    ended_at     timestamptz                      -- when it was over
);
CREATE INDEX catch_ups_running ON catch_ups (exception_id) WHERE ended_at IS NULL;

-- Of what was received, what the tower polled while the source was silent.
ALTER TABLE books_received ADD COLUMN polled bigint NOT NULL DEFAULT 0 CHECK (polled >= 0);

-- +goose Down
ALTER TABLE books_received DROP COLUMN polled;
DROP TABLE catch_ups;
