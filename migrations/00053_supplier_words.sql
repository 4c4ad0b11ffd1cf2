-- +goose Up

-- What a supplier said about an order line, the newest first, and since when the
-- tower has known it.
CREATE INDEX supplier_exceptions_by_order ON supplier_exceptions (number, line, seq);
ALTER TABLE supplier_exceptions ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now();
UPDATE supplier_exceptions SET recorded_at = occurred_at;

-- +goose Down
ALTER TABLE supplier_exceptions DROP COLUMN recorded_at;
DROP INDEX supplier_exceptions_by_order;
