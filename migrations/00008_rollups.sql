-- +goose Up

-- Per minute, hop and shard; hist is the sparse log-scale histogram of models.Histogram (microseconds).
CREATE TABLE latency_rollups (
    minute timestamptz NOT NULL,
    dc     text        NOT NULL,
    entity text        NOT NULL,
    stage  text        NOT NULL CHECK (stage IN ('accept', 'queue', 'transform', 'reference', 'apply', 'deliver', 'total')),
    shard  smallint    NOT NULL,
    count  bigint      NOT NULL,
    sum_us numeric     NOT NULL,
    max_us bigint      NOT NULL,
    hist   bytea       NOT NULL,
    PRIMARY KEY (minute, dc, entity, stage, shard)
);
CREATE INDEX latency_rollups_cut ON latency_rollups (dc, entity, stage, minute);

-- The first hop by source: from the source's commit to the log (microseconds).
CREATE TABLE accept_rollups (
    minute timestamptz NOT NULL,
    source text        NOT NULL,
    dc     text        NOT NULL,
    shard  smallint    NOT NULL,
    hist   bytea       NOT NULL,
    PRIMARY KEY (minute, source, dc, shard)
);

-- The newest useful row per source, entity and DC: freshness without reading the log.
CREATE TABLE freshness (
    source      text        NOT NULL,
    entity      text        NOT NULL,
    dc          text        NOT NULL,
    shard       smallint    NOT NULL,
    occurred_at timestamptz NOT NULL,
    applied_at  timestamptz NOT NULL,
    events      bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (source, entity, dc, shard)
) WITH (fillfactor = 50);

-- +goose Down
DROP TABLE freshness, accept_rollups, latency_rollups;
