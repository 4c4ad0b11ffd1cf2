-- +goose Up
ALTER TABLE items ADD category text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE items DROP category;
