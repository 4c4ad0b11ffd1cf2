-- +goose Up

-- What of its types a subscriber gets, and the secret that still signs beside
-- the present one for a while after a change.
ALTER TABLE subscriptions
    ADD COLUMN dcs text[] NOT NULL DEFAULT '{}',
    ADD COLUMN condition text NOT NULL DEFAULT '',
    ADD COLUMN old_secret text NOT NULL DEFAULT '',
    ADD COLUMN old_secret_until timestamptz,
    -- Grows whenever somebody moves the cursors back: what comes again has other ids then.
    ADD COLUMN rewinds integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE subscriptions DROP COLUMN dcs, DROP COLUMN condition, DROP COLUMN old_secret, DROP COLUMN old_secret_until, DROP COLUMN rewinds;
