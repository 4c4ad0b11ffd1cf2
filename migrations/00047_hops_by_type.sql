-- +goose Up

-- The beginning of what a subscriber answered when it did not take a message,
-- and what the message carried: [{"type", "dc", "events"}].
ALTER TABLE deliveries
    ADD COLUMN answer  text  NOT NULL DEFAULT '',
    ADD COLUMN carried jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(carried) = 'array');

-- The first hop by entity too; rows before this have none.
ALTER TABLE accept_rollups
    ADD COLUMN entity text NOT NULL DEFAULT '',
    DROP CONSTRAINT accept_rollups_pkey,
    ADD PRIMARY KEY (minute, source, dc, entity, shard);

-- +goose Down
-- What it counted by entity is not put together again.
TRUNCATE accept_rollups;
ALTER TABLE accept_rollups
    DROP CONSTRAINT accept_rollups_pkey,
    DROP COLUMN entity,
    ADD PRIMARY KEY (minute, source, dc, shard);
ALTER TABLE deliveries DROP COLUMN carried, DROP COLUMN answer;
