-- +goose Up

-- What was called of a difference the last time that it was not on its way: a
-- newer figure, or another cause, is told from what the tries were about.
ALTER TABLE drifts
    ADD COLUMN called_cause   text   NOT NULL DEFAULT '',
    ADD COLUMN called_version bigint NOT NULL DEFAULT 0;
UPDATE drifts SET called_cause = cause, called_version = their_version WHERE cause <> 'in_flight' AND cleared_at IS NULL;

-- +goose Down
ALTER TABLE drifts DROP COLUMN called_version, DROP COLUMN called_cause;
