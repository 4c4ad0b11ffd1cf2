-- +goose Up

-- What took effect in a minute, for the slowest events of a period that is past.
CREATE INDEX changes_by_applied ON changes (shard, applied_at);

-- +goose Down

DROP INDEX changes_by_applied;
