-- +goose Up

-- Events that a subscriber answered and did not take, set aside for a person.
-- They carry their payload, so that they outlive the log.
CREATE TABLE refused_events (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription text        NOT NULL REFERENCES subscriptions,
    pos          bigint      NOT NULL,
    seq          bigint      NOT NULL,
    shard        smallint    NOT NULL,
    received_at  timestamptz NOT NULL,
    occurred_at  timestamptz NOT NULL,
    source       text        NOT NULL,
    event_id     text        NOT NULL,
    type         text        NOT NULL,
    subject      text        NOT NULL,
    key          text        NOT NULL,
    item         text        NOT NULL,
    dc           text        NOT NULL,
    trace_id     text        NOT NULL,
    conflict     boolean     NOT NULL,
    extensions   text,
    data         text        NOT NULL,
    applied_at   timestamptz NOT NULL,
    status       integer     NOT NULL,
    answer       text        NOT NULL,
    attempts     integer     NOT NULL CHECK (attempts > 0),
    refused_at   timestamptz NOT NULL,
    passed       bigint      NOT NULL DEFAULT 0,
    state        text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'delivered', 'discarded')),
    settled_at   timestamptz,
    CHECK ((state = 'open') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX refused_events_open ON refused_events (subscription, shard, pos, seq) WHERE state = 'open';
CREATE INDEX refused_events_by_seq ON refused_events (shard, seq);
CREATE INDEX refused_events_recent ON refused_events (subscription, id DESC);

-- +goose Down
DROP TABLE refused_events;
