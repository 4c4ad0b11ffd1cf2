-- +goose Up

-- Orders that the tower asked the ERP to transmit once more, since nothing acknowledged
-- them: one row an order, written before the call and completed by the answer.
CREATE TABLE order_resends (
    number         text        PRIMARY KEY REFERENCES orders,
    transmitted_at timestamptz NOT NULL,            -- by the ERP: the transmission that nothing acknowledged
    asked_at       timestamptz NOT NULL,            -- first
    attempts       integer     NOT NULL CHECK (attempts > 0),
    due_at         timestamptz,                     -- not asked again before; null when it is over
    answer         text        NOT NULL DEFAULT '', -- in words; empty until it is there
    resent_at      timestamptz CHECK (due_at IS NULL OR resent_at IS NULL) -- by the ERP: when it was transmitted once more
);

-- +goose Down
DROP TABLE order_resends;
