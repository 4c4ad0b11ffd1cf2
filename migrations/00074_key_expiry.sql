-- +goose Up

-- Until when a key is honoured; without it, until it is revoked.
ALTER TABLE api_keys
    ADD COLUMN expires_at timestamptz,
    ADD CHECK (expires_at > created_at);

-- +goose Down
ALTER TABLE api_keys DROP COLUMN expires_at;
