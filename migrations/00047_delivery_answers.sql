-- +goose Up

-- The beginning of what a subscriber answered when it did not take a message.
ALTER TABLE deliveries ADD COLUMN answer text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE deliveries DROP COLUMN answer;
