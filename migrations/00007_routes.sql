-- +goose Up

CREATE TABLE subscriptions (
    name        text PRIMARY KEY,
    url         text        NOT NULL,
    secret      text        NOT NULL,
    types       text[]      NOT NULL CHECK (cardinality(types) > 0),
    state       text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
    disabled_why text       NOT NULL DEFAULT '',
    failures    integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    created_at  timestamptz NOT NULL DEFAULT now()
);
-- One row a batch and attempt; the consumer cursor 'route:<name>' says what was delivered.
CREATE TABLE deliveries (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription text        NOT NULL REFERENCES subscriptions,
    shard        smallint    NOT NULL,
    from_pos     bigint      NOT NULL,
    to_pos       bigint      NOT NULL,
    message_id   text        NOT NULL,
    events       integer     NOT NULL,
    attempt      integer     NOT NULL,
    started_at   timestamptz NOT NULL,
    ended_at     timestamptz NOT NULL,
    status       integer     NOT NULL DEFAULT 0,
    outcome      text        NOT NULL CHECK (outcome IN ('delivered', 'failed')),
    class        text        NOT NULL DEFAULT '',
    error        text        NOT NULL DEFAULT ''
);
CREATE INDEX deliveries_recent ON deliveries (subscription, id DESC);
CREATE INDEX deliveries_by_time ON deliveries USING brin (started_at);
CREATE INDEX deliveries_by_pos ON deliveries (subscription, shard, to_pos);
-- What each consumer holds: the newest version of each key that was delivered to it.
CREATE TABLE delivered_versions (
    subscription text        NOT NULL REFERENCES subscriptions,
    entity       text        NOT NULL,
    item         text        NOT NULL,
    dc           text        NOT NULL,
    version      bigint      NOT NULL,
    delivered_at timestamptz NOT NULL,
    PRIMARY KEY (subscription, entity, item, dc)
) WITH (fillfactor = 70);

-- +goose Down
DROP TABLE delivered_versions, deliveries, subscriptions;
