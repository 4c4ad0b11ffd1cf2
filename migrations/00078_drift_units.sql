-- +goose Up

-- What each side counts in, and since when its figure stands there by its own
-- time; nothing where a side does not say, or has no such position.
ALTER TABLE drifts
    ADD COLUMN their_unit  text NOT NULL DEFAULT '',
    ADD COLUMN our_unit    text NOT NULL DEFAULT '',
    ADD COLUMN their_as_of timestamptz,
    ADD COLUMN our_as_of   timestamptz;

-- +goose Down
ALTER TABLE drifts DROP COLUMN our_as_of, DROP COLUMN their_as_of, DROP COLUMN our_unit, DROP COLUMN their_unit;
