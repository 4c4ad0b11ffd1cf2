-- +goose Up

-- What the policy asks about an item at a DC before it approves by itself.
CREATE INDEX unsettled_by_item ON unsettled_events (item, dc) WHERE state = 'parked' AND item <> '';

-- +goose Down
DROP INDEX unsettled_by_item;
