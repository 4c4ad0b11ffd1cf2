-- +goose Up

-- When an order went to whoever delivers it, and when that one's system said that
-- it arrived; not known of an ERP that does not tell.
ALTER TABLE orders
    ADD COLUMN transmitted_at  timestamptz,
    ADD COLUMN acknowledged_at timestamptz;
ALTER TABLE order_line_versions
    ADD COLUMN transmitted_at  timestamptz,
    ADD COLUMN acknowledged_at timestamptz;
CREATE INDEX orders_unacknowledged ON orders (transmitted_at) WHERE kind = 'purchase' AND state = 'open' AND acknowledged_at IS NULL AND transmitted_at IS NOT NULL;

-- +goose Down
DROP INDEX orders_unacknowledged;
ALTER TABLE order_line_versions DROP COLUMN transmitted_at, DROP COLUMN acknowledged_at;
ALTER TABLE orders DROP COLUMN transmitted_at, DROP COLUMN acknowledged_at;
