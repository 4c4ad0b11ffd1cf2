-- +goose Up

-- Until when a key is honoured; without it, until it is revoked.
ALTER TABLE api_keys
    ADD COLUMN expires_at timestamptz,
    ADD CHECK (expires_at > created_at);

-- How the program that sends for the source calls itself, with its version.
ALTER TABLE sources ADD COLUMN agent text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sources DROP COLUMN agent;
ALTER TABLE api_keys DROP COLUMN expires_at;
