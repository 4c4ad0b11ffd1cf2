-- +goose Up

-- When a consumer first held a material forecast revision.
CREATE TABLE revision_deliveries (
    item         text        NOT NULL,
    dc           text        NOT NULL,
    revision     bigint      NOT NULL,
    subscription text        NOT NULL REFERENCES subscriptions,
    delivered_at timestamptz NOT NULL,
    PRIMARY KEY (item, dc, revision, subscription)
);

-- +goose Down
DROP TABLE revision_deliveries;
