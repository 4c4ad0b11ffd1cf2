-- +goose Up

-- Facts about this database that no process may change under the others.
CREATE TABLE settings (
    name  text PRIMARY KEY,
    value text NOT NULL
);
INSERT INTO settings (name, value) VALUES
    ('realtime_shards', '8'),
    ('bulk_shards', '2');

CREATE SEQUENCE event_seq AS bigint CACHE 1;

-- The log: partitions are made ahead by a service; a row without one is refused.
CREATE TABLE events (
    seq         bigint      NOT NULL DEFAULT nextval('event_seq'),
    shard       smallint    NOT NULL,
    received_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    source      text        NOT NULL,
    event_id    text        NOT NULL,
    type        text        NOT NULL,
    subject     text        NOT NULL DEFAULT '',
    key         text        NOT NULL,
    item        text        NOT NULL DEFAULT '',
    dc          text        NOT NULL DEFAULT '',
    trace_id    text        NOT NULL DEFAULT '',
    conflict    boolean     NOT NULL DEFAULT false,
    extensions  text,
    data        text        NOT NULL,
    PRIMARY KEY (shard, seq, received_at)
) PARTITION BY RANGE (received_at);

-- Dedupe outlives the log's partitions. hash is over (source, id), or over
-- (source, id, content) for a second content under a known id.
CREATE TABLE event_keys (
    hash        uuid        PRIMARY KEY,
    fingerprint uuid        NOT NULL,
    seq         bigint      NOT NULL,
    shard       smallint    NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX event_keys_received_at ON event_keys USING brin (received_at);

CREATE TABLE shard_cursors (
    shard      smallint    PRIMARY KEY,
    lane       text        NOT NULL CHECK (lane IN ('realtime', 'bulk')),
    seq        bigint      NOT NULL DEFAULT 0,
    day        date        NOT NULL DEFAULT '-infinity',
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO shard_cursors (shard, lane)
SELECT s, CASE WHEN s < 8 THEN 'realtime' ELSE 'bulk' END FROM generate_series(0, 9) AS s;

-- What took effect, in the order in which it did within a shard. A batch row
-- covers from_seq..to_seq of its shard without left_out; a replay row covers one.
CREATE TABLE changes (
    pos           bigint      GENERATED ALWAYS AS IDENTITY (CACHE 1),
    shard         smallint    NOT NULL,
    kind          text        NOT NULL CHECK (kind IN ('batch', 'replay')),
    from_seq      bigint      NOT NULL,
    to_seq        bigint      NOT NULL,
    left_out      bigint[]    NOT NULL DEFAULT '{}',
    events        integer     NOT NULL,
    first_received timestamptz NOT NULL,
    last_received timestamptz NOT NULL,
    started_at    timestamptz NOT NULL,
    transform_us  bigint      NOT NULL,
    reference_us  bigint      NOT NULL,
    apply_us      bigint      NOT NULL,
    applied_at    timestamptz NOT NULL,
    -- Latency and freshness of the batch by source, entity and DC, until they are folded into the rollups.
    marks         bytea       NOT NULL DEFAULT '',
    PRIMARY KEY (shard, pos),
    CHECK (from_seq <= to_seq)
);
CREATE INDEX changes_by_seq ON changes (shard, to_seq);

-- Consumers of the change log (routes, workflow, watch, live) keep one cursor a shard.
CREATE TABLE consumer_cursors (
    consumer   text        NOT NULL,
    shard      smallint    NOT NULL,
    pos        bigint      NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, shard)
);

-- Only what is not normal has a row. held, waiting and retrying count as
-- pending in the books; parked needs a person. The payload is kept here, so
-- that a parked event outlives its partition.
CREATE TABLE unsettled_events (
    seq             bigint      PRIMARY KEY,
    shard           smallint    NOT NULL,
    received_at     timestamptz NOT NULL,
    occurred_at     timestamptz NOT NULL,
    source          text        NOT NULL,
    event_id        text        NOT NULL,
    type            text        NOT NULL,
    subject         text        NOT NULL DEFAULT '',
    key             text        NOT NULL,
    item            text        NOT NULL DEFAULT '',
    dc              text        NOT NULL DEFAULT '',
    trace_id        text        NOT NULL DEFAULT '',
    conflict        boolean     NOT NULL DEFAULT false,
    extensions      text,
    data            text        NOT NULL,
    state           text        NOT NULL CHECK (state IN ('held', 'waiting', 'retrying', 'parked')),
    holds_key       boolean     NOT NULL DEFAULT false,
    stage           text        NOT NULL CHECK (stage IN ('api', 'transformation', 'workflow')),
    code            text        NOT NULL,
    reason          text        NOT NULL,
    fingerprint     uuid        NOT NULL,
    waits_for       text,
    attempts        integer     NOT NULL DEFAULT 1,
    next_attempt_at timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'waiting') = (waits_for IS NOT NULL)),
    CHECK ((state = 'retrying') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX unsettled_by_key ON unsettled_events (shard, key, seq);
CREATE INDEX unsettled_holds ON unsettled_events (shard, key) WHERE holds_key;
CREATE INDEX unsettled_held ON unsettled_events (shard, key, seq) WHERE state = 'held';
CREATE INDEX unsettled_waits ON unsettled_events (waits_for) WHERE waits_for IS NOT NULL;
CREATE INDEX unsettled_due ON unsettled_events (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX unsettled_groups ON unsettled_events (fingerprint, seq) WHERE state = 'parked';

-- The last word on what did not simply apply.
CREATE TABLE settled_events (
    seq        bigint      PRIMARY KEY,
    shard      smallint    NOT NULL,
    source     text        NOT NULL,
    outcome    text        NOT NULL CHECK (outcome IN ('applied', 'superseded', 'discarded')),
    reason     text        NOT NULL,
    actor      text        NOT NULL DEFAULT '',
    settled_at timestamptz NOT NULL DEFAULT now()
);

-- The payload of an event that was settled after it had left its batch: the
-- change log still serves it when the partition it came with is gone.
CREATE TABLE settled_payloads (
    seq         bigint      PRIMARY KEY REFERENCES settled_events ON DELETE CASCADE,
    received_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    event_id    text        NOT NULL,
    type        text        NOT NULL,
    subject     text        NOT NULL,
    key         text        NOT NULL,
    item        text        NOT NULL,
    dc          text        NOT NULL,
    trace_id    text        NOT NULL,
    conflict    boolean     NOT NULL,
    extensions  text,
    data        text        NOT NULL
);

-- Every attempt at an event that did not pass with its batch.
CREATE TABLE event_attempts (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seq        bigint      NOT NULL,
    attempt    integer     NOT NULL,
    stage      text        NOT NULL CHECK (stage IN ('api', 'transformation', 'workflow')),
    component  text        NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL,
    outcome    text        NOT NULL,
    class      text        NOT NULL CHECK (class IN ('', 'transient', 'permanent', 'waiting')),
    error      text        NOT NULL DEFAULT ''
);
CREATE INDEX event_attempts_by_seq ON event_attempts (seq, id);

-- The books. The appender counts what it received, the shard's owner what it decided.
CREATE TABLE books_received (
    source    text   NOT NULL,
    lane      text   NOT NULL,
    received  bigint NOT NULL DEFAULT 0 CHECK (received >= 0),
    duplicate bigint NOT NULL DEFAULT 0 CHECK (duplicate >= 0),
    PRIMARY KEY (source, lane)
);
CREATE TABLE books_decided (
    source     text     NOT NULL,
    shard      smallint NOT NULL,
    applied    bigint   NOT NULL DEFAULT 0 CHECK (applied >= 0),
    superseded bigint   NOT NULL DEFAULT 0 CHECK (superseded >= 0),
    parked     bigint   NOT NULL DEFAULT 0 CHECK (parked >= 0),
    discarded  bigint   NOT NULL DEFAULT 0 CHECK (discarded >= 0),
    PRIMARY KEY (source, shard)
);

-- What left with the partitions that retention dropped, so that an audit can
-- still recount everything that was ever received.
CREATE TABLE books_retired (
    source     text   PRIMARY KEY,
    received   bigint NOT NULL CHECK (received >= 0),
    applied    bigint NOT NULL CHECK (applied >= 0),
    superseded bigint NOT NULL CHECK (superseded >= 0)
);

-- A bounded sample of what intake refused; these are outside the books.
CREATE TABLE rejected_samples (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source      text        NOT NULL,
    event_id    text        NOT NULL,
    type        text        NOT NULL,
    code        text        NOT NULL,
    errors      jsonb       NOT NULL,
    body        text        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX rejected_samples_recent ON rejected_samples (source, id DESC);
CREATE TABLE rejected_counts (
    minute timestamptz NOT NULL,
    source text        NOT NULL,
    type   text        NOT NULL,
    code   text        NOT NULL,
    count  bigint      NOT NULL,
    PRIMARY KEY (minute, source, type, code)
);

-- +goose Down
DROP TABLE rejected_counts, rejected_samples, books_retired, books_decided, books_received, event_attempts,
    settled_payloads, settled_events, unsettled_events, consumer_cursors, changes, shard_cursors, event_keys, events, settings;
DROP SEQUENCE event_seq;
