-- +goose Up

-- How far the answered polls came in each shard: who goes on from there after a
-- 410 has missed nothing.
ALTER TABLE polls ADD COLUMN read_to jsonb;

-- +goose Down
ALTER TABLE polls DROP COLUMN read_to;
