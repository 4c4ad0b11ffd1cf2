-- +goose Up
ALTER TABLE items ADD gtin text NOT NULL DEFAULT '';

-- Searched in 14 digits, as models.GTIN normalises it.
CREATE INDEX items_gtin ON items (lpad(gtin, 14, '0')) WHERE gtin <> '';

-- +goose Down
DROP INDEX items_gtin;
ALTER TABLE items DROP gtin;
