-- +goose Up

-- What did not pass by kind and source, so that ten thousand causes of one kind
-- can be one row: its oldest and newest event, its items and its orders.
CREATE INDEX unsettled_by_kind ON unsettled_events (state, code, source, seq);
CREATE INDEX unsettled_kind_items ON unsettled_events (state, code, source, item) WHERE item <> '';
CREATE INDEX unsettled_kind_orders ON unsettled_events (state, code, source, order_number) WHERE order_number <> '';

-- +goose Down
DROP INDEX unsettled_kind_orders, unsettled_kind_items, unsettled_by_kind;
