-- +goose Up

-- Until when somebody has put an exception aside; it comes back by itself.
ALTER TABLE exceptions ADD COLUMN shelved_until timestamptz;

-- +goose Down
ALTER TABLE exceptions DROP COLUMN shelved_until;
