-- +goose Up

-- What the tower asked a source for while an exception says that something of it did
-- not come: one row an exception, written before the call and completed by the answer.
CREATE TABLE catch_ups (
    exception_id bigint      PRIMARY KEY REFERENCES exceptions,
    since        timestamptz NOT NULL,            -- first asked
    times        integer     NOT NULL CHECK (times > 0),
    asked_at     timestamptz NOT NULL,            -- last
    due_at       timestamptz NOT NULL,            -- not asked again before
    answer       text        NOT NULL DEFAULT '', -- to the last asking, in words; empty until it is there
    came         bigint      NOT NULL DEFAULT 0 CHECK (came >= 0), -- balances that were read
    watermark    timestamptz,                     -- the source's own time up to which its changes were read
    ended_at     timestamptz                      -- when it was over
);
CREATE INDEX catch_ups_running ON catch_ups (exception_id) WHERE ended_at IS NULL;

-- +goose Down
DROP TABLE catch_ups;
