-- +goose Up

-- A fingerprint of the secret that was last declared, so that one that somebody
-- made on the page holds until the declared one changes; '' before the first.
ALTER TABLE subscriptions
    ADD COLUMN declared_secret text NOT NULL DEFAULT '',
    ADD COLUMN secret_rotated_at timestamptz; -- of a secret that was made on the page

-- +goose Down
ALTER TABLE subscriptions DROP COLUMN declared_secret, DROP COLUMN secret_rotated_at;
