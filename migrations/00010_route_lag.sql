-- +goose Up

-- Since when a subscription has been delivered to: what it lags behind is
-- counted from then on, so that a new or resumed one has time to catch up.
ALTER TABLE subscriptions ADD COLUMN active_since timestamptz NOT NULL DEFAULT now();

-- +goose Down
ALTER TABLE subscriptions DROP COLUMN active_since;
