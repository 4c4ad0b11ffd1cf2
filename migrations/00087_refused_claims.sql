-- +goose Up

-- Who delivers a refused event again holds it until then, without a connection;
-- tried_at is the newest attempt. Later events of its key are counted up to a
-- place of the change log, so that a rewind counts none of them twice.
ALTER TABLE refused_events
    ADD COLUMN held_until timestamptz,
    ADD COLUMN tried_at   timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN passed_pos bigint      NOT NULL DEFAULT 0,
    ADD COLUMN passed_seq bigint      NOT NULL DEFAULT 0;
UPDATE refused_events SET tried_at = coalesce(settled_at, refused_at);
UPDATE refused_events r SET passed_pos = c.pos, passed_seq = 9223372036854775807
FROM consumer_cursors c WHERE c.consumer = 'route:' || r.subscription AND c.shard = r.shard AND r.state = 'open' AND c.pos >= r.pos;

-- +goose Down
ALTER TABLE refused_events DROP COLUMN passed_seq, DROP COLUMN passed_pos, DROP COLUMN tried_at, DROP COLUMN held_until;
