-- +goose Up

-- How many events a row is about, and by how much the newest of a batch was dated later
-- than the batch took effect, at most: the source's clock is ahead by that at least.
ALTER TABLE accept_rollups
    ADD COLUMN events   bigint NOT NULL DEFAULT 0 CHECK (events >= 0),
    ADD COLUMN ahead_us bigint NOT NULL DEFAULT 0 CHECK (ahead_us >= 0);

-- +goose Down
ALTER TABLE accept_rollups DROP COLUMN events, DROP COLUMN ahead_us;
